#pragma once
// Characters that look like a blank, or like nothing, and are neither to YAML.

#include <cstddef>
#include <string>
#include <string_view>

namespace flowrun::flow {

struct Invisible {
    std::size_t bytes = 0;  // 0: another character
    std::string name;       // such as U+00A0
};

Invisible invisible_at(std::string_view text, std::size_t at);

}  // namespace flowrun::flow
