#include "value/equal_numbers.hh"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowrun::value {

namespace {

// A number as digits and a power of ten: 0.<digits>e<exponent>, no zero at either end of the digits; 0 has no digits.
struct Decimal {
    bool negative = false;
    std::string digits;
    std::int64_t exponent = 0;
    bool operator==(const Decimal&) const = default;
};

// The exponent as written, held within bounds that no text can reach by its digits alone.
std::int64_t exponent_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    std::int64_t e = 0;
    for (const char c : text) {
        if (e < std::int64_t{1} << 50) e = e * 10 + (c - '0');
    }
    return negative ? -e : e;
}

Decimal decimal_of(std::string_view text) {
    Decimal out;
    if (text.starts_with('-')) {
        out.negative = true;
        text.remove_prefix(1);
    }
    if (const auto at = text.find_first_of("eE"); at != text.npos) {
        out.exponent = exponent_of(text.substr(at + 1));
        text = text.substr(0, at);
    }
    const auto point = text.find('.');
    out.digits = text.substr(0, point);
    out.exponent += static_cast<std::int64_t>(out.digits.size());
    if (point != text.npos) out.digits += text.substr(point + 1);

    const auto first = out.digits.find_first_not_of('0');
    if (first == std::string::npos) return {};  // 0 and -0 are the same
    out.exponent -= static_cast<std::int64_t>(first);
    out.digits.erase(0, first);
    out.digits.erase(out.digits.find_last_not_of('0') + 1);
    return out;
}

// A double as an exact decimal; only for doubles beyond 2^63, which have no fraction.
Decimal decimal_of(double d) {
    char buffer[400];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, d, std::chars_format::fixed, 0).ptr;
    return decimal_of(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
}

// Exactly: neither side is rounded.
bool equal_whole(const Node& whole, double d) {
    if (std::trunc(d) != d) return false;
    if (d >= -0x1p63 && d < 0x1p63) return whole.as_int() == static_cast<std::int64_t>(d);
    if (d >= 0x1p63 && d < 0x1p64) return whole.as_uint() == static_cast<std::uint64_t>(d);
    return false;
}

bool is_whole(const Node& n) { return n.is(Kind::integer) || n.is(Kind::unsigned_); }

bool equal_beyond(const Node& number, const Node& other) {
    if (other.is(Kind::number)) return decimal_of(number.json_text()) == decimal_of(other.json_text());
    if (!other.is(Kind::real)) return false;
    const double d = other.as_double().value_or(0);
    return std::fabs(d) >= 0x1p63 && decimal_of(number.json_text()) == decimal_of(d);
}

}  // namespace

bool equal_numbers(const Node& a, const Node& b) {
    if (a.is(Kind::number)) return equal_beyond(a, b);
    if (b.is(Kind::number)) return equal_beyond(b, a);
    if (is_whole(a) && is_whole(b)) return a.kind == b.kind && a.as_uint() == b.as_uint() && a.as_int() == b.as_int();
    if (is_whole(a)) return equal_whole(a, b.as_double().value_or(0));
    if (is_whole(b)) return equal_whole(b, a.as_double().value_or(0));
    return a.as_double() == b.as_double();
}

}  // namespace flowrun::value
