#pragma once
// Digests of bytes, as lower-case hex.

#include <string>
#include <string_view>

namespace flowrun::expr {

std::string sha256(std::string_view data);
std::string md5(std::string_view data);  // a name for data that nobody forges, not a protection

}  // namespace flowrun::expr
