#pragma once
// What one sub-expression gave, and its parts.

#include <cstdint>
#include <string>
#include <vector>

namespace flowrun::expr {

struct Step {
    std::uint32_t offset = 0;  // of the sub-expression in the text
    std::uint32_t length = 0;
    std::vector<std::string>
        results;  // as to_display or "error: …"; one for each time it ran (the first few), none: never
    std::uint64_t times = 0;
    std::vector<Step> parts;
};

}  // namespace flowrun::expr
