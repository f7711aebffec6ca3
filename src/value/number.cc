#include "value/number.hh"

#include <cfloat>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace flowrun::value {

namespace {

// A number of few digits and no exponent, such as a price: its digits and the power of ten below them are both exact as
// doubles, so that one division, which rounds once, gives the nearest. Nothing: it is not so short.
std::optional<double> short_decimal(std::string_view text) {
    static_assert(FLT_EVAL_METHOD == 0);  // else a division may round twice
    static constexpr double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (text.size() > 17) return std::nullopt;  // 15 digits, a sign and a point
    const char* p = text.data();
    const char* const end = p + text.size();
    const bool negative = *p == '-';
    p += negative;
    std::uint64_t digits = 0;
    const char* const whole = p;
    for (; p != end && *p != '.'; ++p) {
        if (static_cast<unsigned char>(*p - '0') > 9) return std::nullopt;
        digits = digits * 10 + static_cast<unsigned char>(*p - '0');
    }
    auto count = p - whole;
    const char* const point = p;
    if (p != end) ++p;
    for (; p != end; ++p) {
        if (static_cast<unsigned char>(*p - '0') > 9) return std::nullopt;
        digits = digits * 10 + static_cast<unsigned char>(*p - '0');
    }
    const auto fraction = point == end ? 0 : end - point - 1;
    count += fraction;
    if (count > 15) return std::nullopt;
    const double d = static_cast<double>(digits) / powers[fraction];
    return negative ? -d : d;
}

}  // namespace

std::optional<double> double_of(std::string_view text) {
    if (const auto d = short_decimal(text)) return d;
    double d = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), d);
    if (read.ec != std::errc{}) return std::nullopt;
    return d;
}

Kind kind_of_number(std::string_view text, bool whole) {
    if (!whole) return double_of(text) ? Kind::real : Kind::number;
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative ? 1 : 0);
    const std::string_view last = negative ? "9223372036854775808" : "9223372036854775807";
    if (digits.size() < 19 || (digits.size() == 19 && digits <= last)) return Kind::integer;
    if (negative || digits.size() > 20) return Kind::number;
    return digits.size() == 19 || digits <= "18446744073709551615" ? Kind::unsigned_ : Kind::number;
}

}  // namespace flowrun::value
