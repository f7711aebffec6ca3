#pragma once
// Text as code points. All text here is valid UTF-8.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flowrun::expr {

inline bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

inline std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += begins_character(c) ? 1 : 0;
    return count;
}

// Bytes from `from` to where `characters` more have passed; the end when there are fewer, which `short_by` then tells.
inline std::size_t advance(std::string_view text, std::size_t from, std::size_t characters,
                           std::size_t* short_by = nullptr) {
    while (characters != 0 && from < text.size()) {
        ++from;
        while (from < text.size() && !begins_character(text[from])) ++from;
        --characters;
    }
    if (short_by != nullptr) *short_by = characters;
    return from;
}

// The code point that begins at `at`, which moves behind it.
inline std::uint32_t next_character(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t first = byte(at++);
    if (first < 0x80) return first;
    std::uint32_t code = first < 0xE0 ? first & 0x1F : first < 0xF0 ? first & 0x0F : first & 0x07;
    while (at < text.size() && !begins_character(text[at])) code = (code << 6) | (byte(at++) & 0x3F);
    return code;
}

}  // namespace flowrun::expr
