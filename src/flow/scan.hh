#pragma once
// Where each byte of a scalar's value stands in the source. The YAML parser says where a scalar begins and what its value
// is; escapes, folding and indentation lie between the two, and are walked through again here.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "flow/tree.hh"

namespace flowrun::flow {

struct Scan {
    Tree::Style style = Tree::Style::plain;
    std::size_t begin = 0, end = 0;  // of the scalar itself with its quotes; of a block scalar its header
    std::size_t property_begin = 0, property_end = 0;  // of tags and anchors before it; equal: there are none
    std::vector<std::uint32_t> offsets;                // one for each byte of the value
    bool comment_follows = false;                      // ` #` directly after a plain scalar
    bool closed = true;  // false: a quoted text whose last quote is missing, which the parser takes for whole
    bool exact = true;   // false: the value could not be found in the source; offsets are its beginning
};

// `at`: where the parser says that the scalar, or what is before it, begins. `in_flow`: inside [] or {}.
Scan scan_scalar(std::string_view source, std::size_t at, std::string_view value, bool in_flow);

}  // namespace flowrun::flow
