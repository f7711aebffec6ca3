#pragma once
// Comments where YAML wants a blank before them and the parser does not: `[a,#b]` loses its `#b]`.

#include <cstddef>
#include <string_view>

#include "flow/diagnostics.hh"

namespace flowrun::flow {

// Tells of each `#` directly behind one of , [ ] { } in a part of the source that holds no scalar; whether one took a part of a
// list or map along.
bool tell_glued_comment(const Source& source, std::size_t begin, std::size_t end, Issues& issues);

// The remedy for a bracket that is not closed where a comment took its closing one along; empty: none did.
std::string closed_in_comment(std::string_view text, std::size_t bracket, std::size_t end);

}  // namespace flowrun::flow
