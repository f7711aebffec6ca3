#include "base64.hh"

#include <cstddef>
#include <cstdint>

namespace flowrun::broker {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Beyond 63: it is none.
constexpr unsigned value_of(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26U;
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0') + 52U;
    return c == '+' ? 62U : c == '/' ? 63U : 64U;
}

}  // namespace

std::string base64_of(std::string_view bytes) {
    std::string made;
    made.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(c);
        for (have += 8; have >= 6;) {
            have -= 6;
            made += digits[bits >> have & 0x3FU];
        }
    }
    if (have != 0) made += digits[bits << (6 - have) & 0x3FU];
    made.append((4 - made.size() % 4) % 4, '=');
    return made;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string made;
    std::uint32_t bits = 0;
    unsigned have = 0;
    std::size_t count = 0, padding = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n') continue;
        if (c == '=' && ++padding <= 2) continue;
        const unsigned value = value_of(c);
        if (value > 63U || padding != 0) return std::nullopt;
        bits = bits << 6U | value;
        ++count;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        made += static_cast<char>(bits >> have & 0xFFU);
    }
    if (count % 4 == 1 || (padding != 0 && (count + padding) % 4 != 0)) return std::nullopt;
    return made;
}

}  // namespace flowrun::broker
