#pragma once
// Base64 of RFC 4648 with the standard alphabet.

#include <optional>
#include <string>
#include <string_view>

namespace flowrun::expr {

std::string encode_base64(std::string_view data);
// Padding may be there or not; nothing: another character, or a length that cannot be.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace flowrun::expr
