#include "flow/odd_text.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/invisible.hh"
#include "flow/quote.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view typographic[] = {"\u201C", "\u201D", "\u201E", "\u2018", "\u2019", "\u00AB", "\u00BB"};

bool begins_typographic(std::string_view text) {
    return std::any_of(std::begin(typographic), std::end(typographic),
                       [&](std::string_view quote) { return text.starts_with(quote); });
}

// An escape such as \\t in a text whose quotes know none.
std::string unread_escape(const Tree& scalar) {
    if (scalar.kind != Tree::Kind::scalar || scalar.style == Tree::Style::double_quoted) return {};
    const std::size_t at = scalar.text.find('\\');
    if (at == std::string::npos || at + 1 == scalar.text.size()) return {};
    if (std::string_view("tnr0x").find(scalar.text[at + 1]) == std::string_view::npos) return {};
    return fmt::format("'\\{}' has a meaning only in double quotes: write \"{}\"", scalar.text[at + 1], scalar.text);
}

}  // namespace

std::string odd_in(std::string_view text) {
    if (begins_typographic(text)) return "these are typographic quotes, which YAML takes for text: write \" or '";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const Invisible found = invisible_at(text, i); found.bytes > 0) {
            return fmt::format("an invisible character ({}) stands in it: take it out", found.name);
        }
    }
    if (text.ends_with(',')) return "take the ',' out: it stands between values only inside { } and [ ]";
    if (text.ends_with(';')) return "take the ';' out";
    if (text.find(" //") != std::string_view::npos) return "a comment begins with ' #'";
    return {};
}

std::string odd_in(const Tree& scalar) {
    if (scalar.kind != Tree::Kind::scalar) return {};
    std::string odd = odd_in(scalar.text);
    return odd.empty() ? unread_escape(scalar) : odd;
}

std::string odd_ends(const Tree& scalar) {
    if (scalar.style != Tree::Style::plain || scalar.text.empty()) return {};
    if (begins_typographic(scalar.text)) return odd_in(scalar.text);
    const char last = scalar.text.back();
    if (last != '"' || std::count(scalar.text.begin(), scalar.text.end(), '"') != 1) return {};
    return fmt::format("take it out, or write one at the beginning as well: \"{}", scalar.text);
}

}  // namespace flowrun::flow
