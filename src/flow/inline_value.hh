#pragma once
// A quoted text, and what stands in [ ] or { }: where it ends, or the mistake by which it does not.

#include <cstddef>
#include <optional>
#include <string_view>

#include "flow/mistake.hh"
#include "flow/source.hh"

namespace flowrun::flow {

struct InlineValue {
    std::size_t end = 0;  // behind its last character
    std::optional<Mistake> mistake;
};

// The quote, or the opening bracket, stands at `at`. `indent`: of the block that a bracketed value stands in, whose lines
// go on where a bracket has been forgotten.
InlineValue quoted_value(const Source& source, std::size_t at);
InlineValue bracketed_value(const Source& source, std::size_t at, std::size_t indent);

// Where a `: ` or a `:` at a line's end stands at or after `at` in its line, before a comment; npos: nowhere.
std::size_t key_mark(std::string_view text, std::size_t at);
// The end of the line's text: a comment or the line's end.
std::size_t text_end(std::string_view text, std::size_t at);

}  // namespace flowrun::flow
