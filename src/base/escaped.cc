#include "base/escaped.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace flowrun {

namespace {

using Ends = std::vector<std::size_t>;

constexpr std::uint32_t no_character = 0xFFFFFFFF;
constexpr int most_layers = 8;  // of one escape; a run without end takes no time

// Bytes of the character that begins `text`.
std::size_t size_of_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
    if (size > text.size()) return 1;
    for (std::size_t i = 1; i < size; ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 1;
    }
    return size;
}

std::uint32_t code_of(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (bytes.size() == 1) return first < 0x80 ? first : no_character;
    std::uint32_t code = first & (0x7FU >> bytes.size());
    for (const char c : bytes.substr(1)) code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    return code;
}

std::size_t skip(std::string_view text, std::size_t at, std::string_view what) {
    for (int i = 0; i < most_layers && text.substr(at).starts_with(what); ++i) at += what.size();
    return at;
}

// A number of `digits` digits at most, at least one. Moves `at` behind it; false: there is none.
bool number(std::string_view text, std::size_t& at, std::size_t digits, int base, std::uint32_t& out) {
    const std::string_view here = text.substr(at, digits);
    const auto [end, error] = std::from_chars(here.data(), here.data() + here.size(), out, base);
    if (error != std::errc()) return false;
    at += static_cast<std::size_t>(end - here.data());
    return true;
}

bool exactly(std::string_view text, std::size_t& at, std::size_t digits, int base, std::uint32_t wanted) {
    std::uint32_t found = 0;
    const std::size_t from = at;
    return number(text, at, digits, base, found) && at - from == digits && found == wanted;
}

// \u0026, \u{26}: a code, or the two halves of one beyond 16 bits.
void after_backslashes_u(std::string_view text, std::size_t at, std::uint32_t code, Ends& ends) {
    if (code == no_character) return;
    if (code < 0x10000) {
        if (exactly(text, at, 4, 16, code)) ends.push_back(at);
        return;
    }
    if (!exactly(text, at, 4, 16, 0xD800 + ((code - 0x10000) >> 10U))) return;
    const std::size_t slashes = skip(text, at, "\\");
    if (slashes == at || !text.substr(slashes).starts_with('u')) return;
    at = slashes + 1;
    if (exactly(text, at, 4, 16, 0xDC00 + ((code - 0x10000) & 0x3FFU))) ends.push_back(at);
}

// Each byte as \x26 or \046.
void in_bytes(std::string_view text, std::size_t at, std::string_view bytes, Ends& ends) {
    for (const char c : bytes) {
        const std::size_t slashes = skip(text, at, "\\");
        if (slashes == at) return;
        const bool hex = text.substr(slashes).starts_with('x');
        at = slashes + (hex ? 1 : 0);
        if (!exactly(text, at, hex ? 2 : 3, hex ? 16 : 8, static_cast<unsigned char>(c))) return;
    }
    ends.push_back(at);
}

// What JSON, C, and shells do by backslashes, one or, where it was done again, more.
void by_backslash(std::string_view text, std::size_t at, std::string_view bytes, std::uint32_t code, Ends& ends) {
    const std::size_t slashes = skip(text, at, "\\");
    if (slashes == at) return;
    if (bytes == "\\") {
        for (std::size_t run = 2; at + run <= slashes; run *= 2) ends.push_back(at + run);
    }
    constexpr std::string_view named = "\n\t\r\b\f\a\v\x1b", names = "ntrbfave";
    const std::string_view rest = text.substr(slashes);
    if (const std::size_t which = bytes.size() == 1 ? named.find(bytes.front()) : named.npos; which != named.npos) {
        if (rest.starts_with(names[which])) ends.push_back(slashes + 1);
    } else if (rest.starts_with(bytes)) {
        ends.push_back(slashes + bytes.size());
    }
    if (rest.starts_with('u')) after_backslashes_u(text, slashes + 1, code, ends);
    in_bytes(text, at, bytes, ends);
}

// Each byte as %26, and %2526 where it was done again; + for a space.
void by_percent(std::string_view text, std::size_t at, std::string_view bytes, Ends& ends) {
    if (bytes == " " && text.substr(at).starts_with('+')) ends.push_back(at + 1);
    if (!text.substr(at).starts_with('%')) return;
    if (bytes == "%") {  // which is 25 itself
        ++at;
        for (int i = 0; i < most_layers && text.substr(at).starts_with("25"); ++i) ends.push_back(at += 2);
        return;
    }
    for (const char c : bytes) {
        if (!text.substr(at).starts_with('%')) return;
        at = skip(text, at + 1, "25");
        if (!exactly(text, at, 2, 16, static_cast<unsigned char>(c))) return;
    }
    ends.push_back(at);
}

// &amp; &#38; &#x26;, and &amp;#38; where it was done again.
void by_entity(std::string_view text, std::size_t at, std::uint32_t code, Ends& ends) {
    if (code == no_character || !text.substr(at).starts_with('&')) return;
    ++at;
    using Named = std::pair<std::uint32_t, std::string_view>;
    constexpr std::array<Named, 6> names{
        {{'&', "amp;"}, {'<', "lt;"}, {'>', "gt;"}, {'"', "quot;"}, {'\'', "apos;"}, {0xA0, "nbsp;"}}};
    for (std::size_t here = at; here < at + 4 * most_layers; here += 4) {
        const std::string_view rest = text.substr(here);
        for (const auto& [of, name] : names) {
            if (of == code && rest.starts_with(name)) ends.push_back(here + name.size());
        }
        if (rest.starts_with('#')) {
            const bool hex = rest.size() > 1 && (rest[1] == 'x' || rest[1] == 'X');
            std::size_t end = here + (hex ? 2 : 1);
            std::uint32_t found = 0;
            if (number(text, end, 10, hex ? 16 : 10, found) && found == code && text.substr(end).starts_with(';')) {
                ends.push_back(end + 1);
            }
        }
        if (!rest.starts_with("amp;")) return;
    }
}

// How shells write a quote within quotes: they end, it stands alone, and they begin anew.
void by_quotes(std::string_view text, std::size_t at, std::string_view bytes, Ends& ends) {
    if (bytes != "'") return;
    for (const std::string_view way : {R"('\'')", R"('"'"')", R"('\\'')"}) {
        if (text.substr(at).starts_with(way)) ends.push_back(at + way.size());
    }
}

}  // namespace

Escaped::Escaped(std::string_view text) {
    while (!text.empty()) {
        const std::string_view bytes = text.substr(0, size_of_character(text));
        characters_.push_back({std::string(bytes), code_of(bytes)});
        text.remove_prefix(bytes.size());
    }
}

bool Escaped::begins_with(char c) const {
    if (characters_.empty()) return false;
    const std::string& first = characters_.front().bytes;
    return c == first.front() || c == '\\' || c == '%' || c == '&' || (c == '+' && first == " ");
}

std::size_t Escaped::end_in(std::string_view text, std::size_t at) const {
    Ends now{at}, next;
    for (const Character& one : characters_) {
        next.clear();
        for (const std::size_t here : now) {
            if (text.substr(here).starts_with(one.bytes)) next.push_back(here + one.bytes.size());
            by_backslash(text, here, one.bytes, one.code, next);
            by_percent(text, here, one.bytes, next);
            by_entity(text, here, one.code, next);
            by_quotes(text, here, one.bytes, next);
        }
        std::sort(next.begin(), next.end());
        next.erase(std::unique(next.begin(), next.end()), next.end());
        if (next.empty()) return std::string_view::npos;
        now.swap(next);
    }
    return now.back();
}

}  // namespace flowrun
