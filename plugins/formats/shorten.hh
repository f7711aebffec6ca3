#pragma once
// Text cut to at most `limit` bytes, never within a UTF-8 character.

#include <cstddef>
#include <string_view>

namespace flowrun::formats {

inline std::string_view shorten(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    std::size_t size = limit;
    while (size > 0 && limit - size < 4 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    return text.substr(0, size);
}

}  // namespace flowrun::formats
