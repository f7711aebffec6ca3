#include "base/visible.hh"

namespace flowrun {

namespace {

constexpr char digits[] = "0123456789abcdef";

void put_byte(std::string& out, std::string_view mark, unsigned byte) {
    out += mark;
    out += {digits[byte >> 4U & 15U], digits[byte & 15U]};
}

void put_escape(std::string& out, CodePoint point, char first) {
    switch (first) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    if (point.size == 1) return put_byte(out, "\\x", static_cast<unsigned char>(first));
    put_byte(out, "\\u", point.code >> 8U);
    put_byte(out, "", point.code & 0xFFU);
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
    const auto byte = [&](std::size_t i) -> char32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80; };
    const auto bits = [&](std::size_t i) { return byte(i) & 0x3FU; };
    const char32_t b = byte(0);
    if (b < 0x80) return {b, 1};
    if (b >= 0xC2 && b < 0xE0 && follows(1)) return {(b & 0x1FU) << 6U | bits(1), 2};
    if (b >= 0xE0 && b < 0xF0 && follows(1) && follows(2)) {
        const char32_t code = (b & 0x0FU) << 12U | bits(1) << 6U | bits(2);
        if (code >= 0x800 && (code < 0xD800 || code > 0xDFFF)) return {code, 3};
    }
    if (b >= 0xF0 && b < 0xF5 && follows(1) && follows(2) && follows(3)) {
        const char32_t code = (b & 0x07U) << 18U | bits(1) << 12U | bits(2) << 6U | bits(3);
        if (code >= 0x10000 && code <= 0x10FFFF) return {code, 4};
    }
    return {};
}

bool disturbs(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string visible(std::string_view text, std::string_view kept) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        const bool harmless = point.code != CodePoint::bad && !disturbs(point.code);
        if (harmless || (point.size == 1 && kept.find(text[0]) != kept.npos)) out += text.substr(0, point.size);
        else put_escape(out, point, text[0]);
        text.remove_prefix(point.size);
    }
    return out;
}

std::string as_utf8(std::string_view text, std::size_t most, std::size_t unseen) {
    constexpr std::size_t note = 40;  // what tells how much is missing
    const std::size_t fits = most > note ? most - note : 0;
    std::string out;
    std::size_t cut = 0, left = text.size() + unseen;  // where the note would stand, and what it would tell
    const auto noted = [&] {
        out.resize(cut);
        return out + "... (" + std::to_string(left) + " more bytes)";
    };
    for (std::string_view rest = text; !rest.empty();) {
        const CodePoint point = first_code_point(rest);
        if (point.code == CodePoint::bad) put_byte(out, "\\x", static_cast<unsigned char>(rest[0]));
        else out += rest.substr(0, point.size);
        rest.remove_prefix(point.size);
        if (out.size() > most) return noted();
        if (out.size() > fits) continue;
        cut = out.size();
        left = rest.size() + unseen;
    }
    return unseen == 0 ? out : noted();
}

}  // namespace flowrun
