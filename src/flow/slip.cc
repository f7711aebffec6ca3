#include "flow/slip.hh"

#include <fmt/format.h>

#include "flow/invisible.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view wide_colon = "：";
constexpr std::size_t longest = 60;  // of what a remedy repeats

std::size_t name_end(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && is_name(text.substr(0, end + 1))) ++end;
    return end;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::string write(std::string_view key, std::string_view value) {
    if (value.size() > longest) value = "…";
    return value.empty() ? fmt::format("write '{}:'", key) : fmt::format("write '{}: {}'", key, value);
}

bool foreign_comment(std::string_view text) {
    return text.starts_with("//") || text.starts_with("/*") || text.starts_with(';') || text.starts_with("--");
}

// `"level: info"`: quotes around key and value.
Slip quoted_pair(std::string_view text) {
    const std::size_t colon = text.find(": ");
    const bool quoted = text.size() > 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0];
    if (!quoted || colon == npos || !is_name(text.substr(1, colon - 1))) return {};
    const std::string_view value = text.substr(colon + 2, text.size() - colon - 3);
    return {0, text.size(), "the quotes stand around the key and its value together",
            fmt::format("write {}: {}{}{}", text.substr(1, colon - 1), text[0], value, text[0])};
}

}  // namespace

Slip slip_in(std::string_view text, bool own_line) {
    if (foreign_comment(text)) return {0, text.size(), "a comment begins with '#'", "write '# …'"};
    if (const Slip pair = quoted_pair(text); pair.length > 0) return pair;
    if (text.size() > 1 && text[0] == '-' && text[1] != '-' && text[1] != '>') {
        return {0, 1, "'-' needs a space after it", fmt::format("write '- {}'", text.substr(1, longest))};
    }
    const std::size_t end = name_end(text);
    if (end == 0) return {};
    const std::string_view name = text.substr(0, end), rest = text.substr(end);
    if (rest.starts_with(wide_colon)) {
        return {end, wide_colon.size(), "this is no ':' but a wider character (U+FF1A)",
                write(name, trimmed(rest.substr(wide_colon.size()))), name};
    }
    if (rest.starts_with(':')) {
        const Invisible blank = invisible_at(rest, 1);
        if (blank.bytes > 0) {
            return {end + 1, blank.bytes, fmt::format("an invisible character ({}) stands behind ':'", blank.name),
                    "write a space in its place", name};
        }
        return {end, 1, "':' needs a space after it", write(name, rest.substr(1)), name};
    }
    if (trimmed(rest).starts_with('=') && !trimmed(rest).starts_with("==")) {
        return {end, rest.find('=') + 1, "a key is followed by ':', not by '='",
                write(name, trimmed(rest.substr(rest.find('=') + 1))), name};
    }
    const std::string_view value = trimmed(rest);
    const bool arrow = value.starts_with("->") || value.starts_with("~>");
    if (arrow) {
        return {0, text.size(), "the options of this edge stand below it, and no ':' after it",
                fmt::format("write '{}:'", text.substr(0, longest))};
    }
    const bool pair = !rest.empty() && rest[0] == ' ' && value.find(' ') == npos;
    if (!own_line || (!rest.empty() && !pair)) return {};
    return {0, end, fmt::format("a ':' is missing after '{}'", name), write(name, value), name};
}

}  // namespace flowrun::flow
