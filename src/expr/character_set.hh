#pragma once
// Text in other character sets than UTF-8, as iconv(3) knows them.

#include <expected>
#include <string>
#include <string_view>

namespace flowrun::expr {

// `to` may be a character set that begins a text with a mark, such as UTF-16: then the text has one. The error is for people.
std::expected<std::string, std::string> recoded(std::string_view text, std::string_view from, std::string_view to);

}  // namespace flowrun::expr
