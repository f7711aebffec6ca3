#pragma once
// What the literals of the language mean.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "expr/problem.hh"
#include "expr/token.hh"

namespace flowrun::expr {

// The content of a string or bytes token: quotes gone, escapes replaced. A problem's offset is in the expression.
std::expected<std::string, Problem> read_string(const Token& token);

// Of integer and unsigned tokens; `negative`: a minus stands before it.
std::expected<std::int64_t, Problem> read_integer(const Token& token, bool negative);
std::expected<std::uint64_t, Problem> read_unsigned(const Token& token);
std::expected<double, Problem> read_real(const Token& token);  // what is too small to show is 0

// Appends a code point as UTF-8.
void append_utf8(std::string& out, std::uint32_t code);

}  // namespace flowrun::expr
