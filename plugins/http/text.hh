#pragma once
// What HTTP says about text: letters without case, media types.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace flowrun::http {

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

inline std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

// application/json, text/json, and any type that ends in +json.
inline bool is_json(std::string_view content_type) {
    const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
    return same(type, "application/json") || same(type, "text/json") ||
           (type.size() > 5 && same(type.substr(type.size() - 5), "+json"));
}

inline bool is_form_type(std::string_view content_type) {
    return same(trimmed(content_type.substr(0, content_type.find(';'))), "application/x-www-form-urlencoded");
}

// A name of a header: one token.
inline bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || others.find(c) != others.npos;
    });
}

// A value of a header holds no line end and no NUL: with one, a second header or message could be slipped in.
inline bool is_field_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return (u < 0x20 && c != '\t') || u == 0x7f;
    });
}

// How a message is framed, and between which two, is the affair of who sends it: what a flow that passes on another's
// headers says of it is left out.
inline bool is_framing(std::string_view name) {
    constexpr std::string_view names[] = {
        "connection", "content-length",   "expect",  "http2-settings", "keep-alive",
        "te",         "proxy-connection", "trailer", "upgrade",        "transfer-encoding"};
    return std::any_of(std::begin(names), std::end(names), [&](std::string_view n) { return same(n, name); });
}

// A number of more digits than 64 bits hold for certain.
inline bool is_beyond_counting(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!std::all_of(text.begin(), text.end(), digit)) return false;
    return text.size() - std::min(text.find_first_not_of('0'), text.size()) > 18;
}

bool is_utf8(std::string_view text);

}  // namespace flowrun::http
