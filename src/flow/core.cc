#include "flow/core.hh"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace flowrun::flow {

namespace {

bool any_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    return end - at;
}

std::string without_leading_zeros(std::string_view digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return std::string(first == std::string_view::npos ? "0" : digits.substr(first));
}

// 0x1F and 0o17; beyond 64 bits it stays a string.
bool based(std::string_view text, Core& out) {
    const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
    if (base == 0 || text.size() < 3) return false;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    out.kind = CoreKind::integer;
    out.json = std::to_string(value);
    return true;
}

// [-+]? (digits (. digits?)? | . digits) ([eE] [-+]? digits)?
bool decimal(std::string_view text, Core& out) {
    std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    const std::size_t whole = digits_at(text, at);
    std::string json = text.starts_with('-') ? "-" : "";
    json += without_leading_zeros(text.substr(at, whole));
    at += whole;
    bool real = false;
    std::size_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
        real = true;
        fraction = digits_at(text, ++at);
        json += '.';
        json += fraction > 0 ? text.substr(at, fraction) : "0";
        at += fraction;
    }
    if (whole + fraction == 0) return false;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        real = true;
        const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0;
        const std::size_t digits = digits_at(text, at + 1 + sign);
        if (digits == 0) return false;
        json += text.substr(at, 1 + sign + digits);
        at += 1 + sign + digits;
    }
    if (at != text.size()) return false;
    out.kind = real ? CoreKind::real : CoreKind::integer;
    out.json = json == "-0" ? "0" : json;
    return true;
}

}  // namespace

Core core_of(std::string_view plain) {
    Core out;
    if (any_of(plain, {"", "~", "null", "Null", "NULL"})) {
        out.kind = CoreKind::null;
    } else if (any_of(plain, {"true", "True", "TRUE", "false", "False", "FALSE"})) {
        out.kind = CoreKind::boolean;
        out.truth = plain[0] == 't' || plain[0] == 'T';
    } else if (any_of(plain, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
                              ".NaN", ".NAN"})) {
        out.kind = CoreKind::special;
    } else if (!based(plain, out)) {
        decimal(plain, out);
    }
    return out;
}

Core core_of(const Tree& scalar) { return scalar.style == Tree::Style::plain ? core_of(scalar.text) : Core{}; }

void build(const Core& core, std::string_view text, value::Builder& out) {
    switch (core.kind) {
        case CoreKind::null: out.null(); break;
        case CoreKind::boolean: out.boolean(core.truth); break;
        case CoreKind::integer:
        case CoreKind::real: {
            [[maybe_unused]] const auto read = out.json(core.json);
            assert(read);
            break;
        }
        case CoreKind::special: assert(false); break;
        case CoreKind::string: out.string(text); break;
    }
}

std::string_view name_of(CoreKind kind) {
    switch (kind) {
        case CoreKind::null: return "null";
        case CoreKind::boolean: return "true or false";
        case CoreKind::integer: return "an integer";
        case CoreKind::real:
        case CoreKind::special: return "a number";
        case CoreKind::string: break;
    }
    return "a string";
}

}  // namespace flowrun::flow
