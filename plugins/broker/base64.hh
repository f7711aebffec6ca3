#pragma once
// Bytes where only text may stand (RFC 4648, section 4).

#include <optional>
#include <string>
#include <string_view>

namespace flowrun::broker {

std::string base64_of(std::string_view bytes);
// Line breaks are skipped, and the padding at the end may be missing. Nothing: it is none.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace flowrun::broker
