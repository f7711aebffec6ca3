#include "trace/context.hh"

#include <cstdint>

#include "trace/block.hh"
#include "trace/digits.hh"

namespace flowrun::trace {

namespace {

constexpr std::size_t length = 55;  // of version 00; "00-" 32 "-" 16 "-" 2

// Up to 16 lower-case hexadecimal digits.
std::optional<std::uint64_t> read_hex(std::string_view digits) {
    std::uint64_t number = 0;
    for (const char c : digits) {
        const bool letter = c >= 'a' && c <= 'f';
        if (!letter && !(c >= '0' && c <= '9')) return std::nullopt;
        number = number << 4 | static_cast<std::uint64_t>(letter ? c - 'a' + 10 : c - '0');
    }
    return number;
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
