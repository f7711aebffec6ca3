#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "value/json.hh"
#include "value/scan.hh"
#include "value/sink.hh"

namespace flowrun::value {

namespace {

// The letter of a two-letter escape, or 0 for a character that is written as \u00XX.
char escape_letter(unsigned char c) {
    switch (c) {
        case '"':
        case '\\': return static_cast<char>(c);
        case '\b': return 'b';
        case '\f': return 'f';
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        default: return 0;
    }
}

// At most six bytes.
char* put_escape(char* out, unsigned char c) {
    const char* const digits = "0123456789abcdef";
    const char letter = escape_letter(c);
    *out++ = '\\';
    if (letter != 0) {
        *out++ = letter;
        return out;
    }
    out[0] = 'u';
    out[1] = out[2] = '0';
    out[3] = digits[c >> 4];
    out[4] = digits[c & 15];
    return out + 5;
}

void put_string(std::string_view utf8, Sink& out) {
    constexpr std::size_t block = 16 * 6 + 2;  // what sixteen bytes may become, and the quotes
    const char* p = utf8.data();
    const char* const end = p + utf8.size();
    char* to = out.room(block);
    *to++ = '"';
    while (end - p >= 16) {
        const unsigned stop = stops_of(p).stop;
        std::memcpy(to, p, 16);
        if (stop == 0) [[likely]] {
            to += 16;
            p += 16;
        } else {
            to += std::countr_zero(stop);
            p += std::countr_zero(stop);
            to = put_escape(to, static_cast<unsigned char>(*p++));
        }
        out.wrote(to);
        to = out.room(block);
    }
    const Few rest({p, end});
    if (rest.plain()) [[likely]] {
        rest.put(to);
        to += end - p;
    } else {
        for (; p != end; ++p) {
            const auto c = static_cast<unsigned char>(*p);
            if (c < 0x20 || c == '"' || c == '\\') to = put_escape(to, c);
            else *to++ = *p;
        }
    }
    *to++ = '"';
    out.wrote(to);
}

void put_string(const Node& n, Sink& out) {
    if ((n.flags & Node::plain) == 0) return put_string(n.bytes_view(), out);
    char* to = out.room(n.count + std::size_t{2});
    *to++ = '"';
    if (n.count < 16) Few(n.bytes_view()).put(to);
    else std::memcpy(to, n.text, n.count);
    to += n.count;
    *to++ = '"';
    out.wrote(to);
}

void put_base64(std::string_view bytes, Sink& out) {
    const char* const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.put('"');
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t have = bytes.size() - i < 3 ? bytes.size() - i : 3;
        std::uint32_t three = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            three = three << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        }
        char* const to = out.room(4);
        to[0] = digits[three >> 18];
        to[1] = digits[three >> 12 & 63];
        to[2] = have > 1 ? digits[three >> 6 & 63] : '=';
        to[3] = have > 2 ? digits[three & 63] : '=';
        out.wrote(to + 4);
    }
    out.put('"');
}

void put_double(double d, Sink& out) {
    if (!std::isfinite(d)) return out.put("null");
    constexpr std::size_t most = 40;
    char* const to = out.room(most + 2);
    const double size = std::fabs(d);
    if (size == 0 || (size >= 1e-6 && size < 1e16)) {
        char* end = std::to_chars(to, to + most, d, std::chars_format::fixed).ptr;
        if (std::trunc(d) == d) {
            *end++ = '.';
            *end++ = '0';
        }
        return out.wrote(end);
    }
    // The exponent comes as e+05: JSON needs neither the plus nor the zero.
    char buffer[most];
    const char* const end = std::to_chars(buffer, buffer + most, d, std::chars_format::scientific).ptr;
    const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
    const auto e = text.find('e');
    out.put(text.substr(0, e + 1));
    if (text[e + 1] == '-') out.put('-');
    out.put(text.substr(text.find_first_not_of('0', e + 2)));
}

void put_number(const Node& n, Sink& out) {
    if ((n.flags & Node::binary) == 0) return out.put({n.text, n.text_size});
    if (n.is(Kind::real)) return put_double(n.d, out);
    constexpr std::size_t most = 24;
    char* const to = out.room(most);
    out.wrote(n.is(Kind::unsigned_) ? std::to_chars(to, to + most, n.u).ptr : std::to_chars(to, to + most, n.i).ptr);
}

void put(const Node& node, Sink& out);

void put_list(const Node& list, Sink& out) {
    char before = '[';
    for (const Node& n : elements(list)) {
        out.put(before);
        put(n, out);
        before = ',';
    }
    if (list.count == 0) out.put('[');
    out.put(']');
}

void put_map(const Node& map, Sink& out) {
    char before = '{';
    for (const auto [key, value] : entries(map)) {
        out.put(before);
        put_string(key, out);
        out.put(':');
        put(value, out);
        before = ',';
    }
    if (map.count == 0) out.put('{');
    out.put('}');
}

// Recursion goes as deep as the value: Node::height, at most max_depth.
void put(const Node& node, Sink& out) {
    switch (node.kind) {
        case Kind::null: return out.put("null");
        case Kind::boolean: return out.put(node.b ? std::string_view("true") : std::string_view("false"));
        case Kind::string: return put_string(node, out);
        case Kind::bytes: return put_base64(node.bytes_view(), out);
        case Kind::list:
        case Kind::map:
            if (node.text_size > 0 && (node.flags & Node::lines) == 0) return out.put({node.text, node.text_size});
            return node.is(Kind::list) ? put_list(node, out) : put_map(node, out);
        default: return put_number(node, out);
    }
}

}  // namespace

bool is_plain(std::string_view utf8) {
    return std::none_of(utf8.begin(), utf8.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
}

void write_string(std::string_view utf8, std::string& out) {
    Sink sink(out);
    put_string(utf8, sink);
}

void write_double(double d, std::string& out) {
    Sink sink(out);
    put_double(d, sink);
}

void write(const Node& node, std::string& out) {
    Sink sink(out);
    put(node, sink);
}

std::string to_json(const Node& node) {
    std::string out;
    write(node, out);
    return out;
}

}  // namespace flowrun::value
