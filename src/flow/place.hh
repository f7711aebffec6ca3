#pragma once
// Where something stands in the flow's source. Lines and columns count from 1; a column counts code points.

#include <cstdint>

namespace flowrun::flow {

struct Place {
    std::uint32_t offset = 0;  // bytes from the start of the file
    std::uint32_t line = 0;    // 0: nowhere in particular
    std::uint32_t column = 0;
    std::uint32_t length = 1;  // bytes that the caret underlines; at least 1
};

}  // namespace flowrun::flow
