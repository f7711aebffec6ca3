#pragma once
// How bytes are written where only text may stand.

#include <optional>
#include <string>
#include <string_view>

namespace flowrun::sqs {

// What SQS takes as the body of a message: at least one character, and only those that XML 1.0 has.
bool is_body(std::string_view text);

void append_hex(std::string& to, char byte);  // capital digits
std::string hex_of(std::string_view bytes);   // small ones
char byte_of_hex(char high, char low);        // of capital digits

std::string base64_of(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// %XX for what is no letter, digit, '-', '_', '.' or '~', and back: a '%' that is none of these stays.
std::string percent_of(std::string_view text);
std::string from_percent(std::string_view text);

}  // namespace flowrun::sqs
