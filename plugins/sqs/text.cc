#include "text.hh"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace flowrun::sqs {
namespace {

constexpr char capitals[] = "0123456789ABCDEF", smalls[] = "0123456789abcdef";
constexpr std::string_view sixty_four = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The length of the character at the beginning, if it is UTF-8 and in XML; else 0.
std::size_t character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80U) return first >= 0x20U || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    if (first < 0xC2U || first > 0xF4U || text.size() < length) return 0;
    std::uint32_t code = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
        code = code << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is = code >= least[length] && code <= 0x10FFFFU && !(code >= 0xD800U && code < 0xE000U) &&
                    code != 0xFFFEU && code != 0xFFFFU;
    return is ? length : 0;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

}  // namespace

bool is_body(std::string_view text) {
    if (text.empty()) return false;
    while (!text.empty()) {
        const std::size_t length = character(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

void append_hex(std::string& to, char c) {
    const auto byte = static_cast<unsigned char>(c);
    (to += capitals[byte >> 4U]) += capitals[byte & 0xFU];
}

std::string hex_of(std::string_view bytes) {
    std::string made;
    made.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        (made += smalls[byte >> 4U]) += smalls[byte & 0xFU];
    }
    return made;
}

char byte_of_hex(char high, char low) {
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'A' + 10); };
    return static_cast<char>(digit(high) << 4U | digit(low));
}

std::string base64_of(std::string_view bytes) {
    std::string made;
    made.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto at = [&](std::size_t k) {
            return i + k < bytes.size() ? std::uint32_t{static_cast<unsigned char>(bytes[i + k])} : 0U;
        };
        const std::uint32_t three = at(0) << 16U | at(1) << 8U | at(2);
        for (unsigned k = 0; k < 4; ++k)
            made += i + k <= bytes.size() ? sixty_four[three >> (18U - 6U * k) & 0x3FU] : '=';
    }
    return made;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string made;
    std::uint32_t bits = 0;
    unsigned have = 0;
    while (text.ends_with('=')) text.remove_suffix(1);
    for (const char c : text) {
        const std::size_t value = sixty_four.find(c);
        if (value == sixty_four.npos) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        made += static_cast<char>(bits >> have & 0xFFU);
    }
    return made;
}

std::string percent_of(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (is_unreserved(c)) made += c;
        else append_hex(made += '%', c);
    }
    return made;
}

std::string from_percent(std::string_view text) {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        const char* const from = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() && std::from_chars(from, from + 2, byte, 16).ptr == from + 2) {
            made += static_cast<char>(byte);
            i += 2;
        } else {
            made += text[i];
        }
    }
    return made;
}

}  // namespace flowrun::sqs
