#pragma once
// So many in a time, written as on an edge: 50/s, 10/m, 1/h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flowrun::core {

struct Rate {
    double count = 0;     // how many
    double interval = 0;  // nanoseconds from one to the next

    // Nothing: `problem` says why not.
    static std::optional<Rate> read(std::string_view text, std::string& problem);
};

}  // namespace flowrun::core
