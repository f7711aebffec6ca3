#include "expr/literal.hh"

#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace flowrun::expr {
namespace {

Problem problem_at(std::size_t offset, std::size_t length, std::string message, std::string remedy = {}) {
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length), std::move(message),
            std::move(remedy)};
}

// Reads the escapes of one string.
class Unescaper {
public:
    Unescaper(std::string_view body, std::size_t offset, bool bytes) : body_(body), offset_(offset), bytes_(bytes) {}

    std::expected<std::string, Problem> read() {
        std::string out;
        out.reserve(body_.size());
        while (at_ < body_.size()) {
            if (body_[at_] != '\\') {
                out += body_[at_++];
            } else if (auto done = escape(out); !done) {
                return std::unexpected(done.error());
            }
        }
        return out;
    }

private:
    std::expected<void, Problem> escape(std::string& out) {
        const std::size_t from = at_++;
        const char c = body_[at_++];
        static constexpr std::string_view letters = "abfnrtv\\?\"'`";
        static constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\?\"'`";
        if (const std::size_t i = letters.find(c); i != std::string_view::npos) {
            out += meanings[i];
            return {};
        }
        if (c == 'x' || c == 'X') return code(out, from, 2, 16);
        if (c == 'u' && !bytes_) return code(out, from, 4, 16);
        if (c == 'U' && !bytes_) return code(out, from, 8, 16);
        if (c >= '0' && c <= '3') {
            --at_;
            return code(out, from, 3, 8);
        }
        return std::unexpected(problem_at(offset_ + from, 2, fmt::format("'\\{}' is no escape", shown(c)),
                                          "a backslash itself is written '\\\\', or use a raw string r'…'"));
    }

    static std::string shown(char c) { return static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : "…"; }

    std::expected<void, Problem> code(std::string& out, std::size_t from, std::size_t digits, int base) {
        std::uint32_t value = 0;
        const char* begin = body_.data() + at_;
        const std::size_t there = std::min(digits, body_.size() - at_);
        const auto [end, error] = std::from_chars(begin, begin + there, value, base);
        if (there < digits || error != std::errc{} || end != begin + digits) {
            return std::unexpected(
                problem_at(offset_ + from, at_ - from + there,
                           fmt::format("this escape needs {} {} digits", digits, base == 8 ? "octal" : "hexadecimal")));
        }
        at_ += digits;
        if (bytes_) {
            out += static_cast<char>(value);
        } else if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
            return std::unexpected(problem_at(offset_ + from, at_ - from,
                                              fmt::format("U+{:04X} is not a character", value),
                                              "write characters beyond U+FFFF as \\U and eight digits"));
        } else {
            append_utf8(out, value);
        }
        return {};
    }

    std::string_view body_;
    std::size_t offset_;
    bool bytes_;
    std::size_t at_ = 0;
};

struct Digits {
    std::string_view text;
    int base;
};
Digits digits_of(const Token& token) {
    std::string_view text = token.text;
    if (text.ends_with('u') || text.ends_with('U')) text.remove_suffix(1);
    if (text.starts_with("0x") || text.starts_with("0X")) return {text.substr(2), 16};
    return {text, 10};
}

std::unexpected<Problem> too_large(const Token& token, const char* type, const char* remedy) {
    return std::unexpected(
        problem_at(token.offset, token.length, fmt::format("{} is beyond the range of {}", token.text, type), remedy));
}

}  // namespace

std::expected<std::string, Problem> read_string(const Token& token) {
    std::string_view body = token.text;
    bool raw = false, bytes = false;
    while (body[0] != '"' && body[0] != '\'') {
        raw = raw || body[0] == 'r' || body[0] == 'R';
        bytes = bytes || body[0] == 'b' || body[0] == 'B';
        body.remove_prefix(1);
    }
    const std::size_t quotes = body.size() >= 6 && body[1] == body[0] && body[2] == body[0] ? 3 : 1;
    body = body.substr(quotes, body.size() - 2 * quotes);
    if (raw) return std::string(body);
    return Unescaper(body, token.offset + static_cast<std::size_t>(body.data() - token.text.data()), bytes).read();
}

std::expected<std::int64_t, Problem> read_integer(const Token& token, bool negative) {
    const Digits digits = digits_of(token);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.text.data(), digits.text.data() + digits.text.size(), value, digits.base);
    constexpr std::uint64_t most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (error != std::errc{} || value > most + (negative ? 1 : 0)) {
        return too_large(token, "int", "write an unsigned number with a 'u' after it, or a double with a fraction");
    }
    return static_cast<std::int64_t>(negative ? 0 - value : value);
}

std::expected<std::uint64_t, Problem> read_unsigned(const Token& token) {
    const Digits digits = digits_of(token);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.text.data(), digits.text.data() + digits.text.size(), value, digits.base);
    if (error != std::errc{}) return too_large(token, "uint", "write a double, with a fraction");
    return value;
}

std::expected<double, Problem> read_real(const Token& token) {
    double value = 0;
    const char* end = token.text.data() + token.text.size();
    const auto result = std::from_chars(token.text.data(), end, value);
    if (result.ec != std::errc::result_out_of_range) return value;
    // Both too large and too small are out of range; only the sign of the exponent, or leading zeros, tell which.
    const std::size_t e = token.text.find_first_of("eE");
    const bool small = e == std::string_view::npos ? token.text.find_first_not_of("0.") > 1 : token.text[e + 1] == '-';
    if (small) return 0.0;
    return too_large(token, "double", "it is as good as infinite: write 1.0 / 0.0");
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace flowrun::expr
