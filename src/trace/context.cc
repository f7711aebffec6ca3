#include "trace/context.hh"

#include <array>
#include <cstdint>

#include "trace/block.hh"
#include "trace/digits.hh"

namespace flowrun::trace {

namespace {

constexpr std::size_t length = 55;  // of version 00; "00-" 32 "-" 16 "-" 2

// What each lower-case hexadecimal digit stands for; 16: it is none.
constexpr auto values = [] {
    std::array<std::uint8_t, 256> made{};
    made.fill(16);
    for (std::uint8_t i = 0; i < 16; ++i) made[static_cast<unsigned char>("0123456789abcdef"[i])] = i;
    return made;
}();

// Up to 16 of them.
std::optional<std::uint64_t> read_hex(std::string_view digits) {
    std::uint64_t number = 0;
    unsigned all = 0;
    for (const char c : digits) {
        const unsigned value = values[static_cast<unsigned char>(c)];
        number = number << 4 | value;
        all |= value;
    }
    return all < 16 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<Context> parse_traceparent(std::string_view text) {
    if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    const auto version = read_hex(text.substr(0, 2)), high = read_hex(text.substr(3, 16)),
               low = read_hex(text.substr(19, 16)), span = read_hex(text.substr(36, 16)),
               flags = read_hex(text.substr(53, 2));
    if (!version || !high || !low || !span || !flags || *version == 0xFF) return std::nullopt;
    if (text.size() > length && (*version == 0 || text[length] != '-')) return std::nullopt;
    if ((*high == 0 && *low == 0) || *span == 0) return std::nullopt;
    return Context{{*high, *low}, *span, (*flags & 1) != 0};
}

std::string format_traceparent(const Context& context) {
    char text[length];
    char* to = Block::copy(text, "00-");
    to = put_hex(to, context.trace.high);
    to = put_hex(to, context.trace.low);
    *to++ = '-';
    to = put_hex(to, context.span);
    Block::copy(to, context.sampled ? "-01" : "-00");
    return {text, length};
}

}  // namespace flowrun::trace
