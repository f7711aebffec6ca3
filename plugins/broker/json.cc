#include "json.hh"

#include <array>
#include <charconv>
#include <limits>

namespace flowrun::broker {
namespace {

constexpr int deepest = 64;
constexpr char hex_digits[] = "0123456789abcdef";

void append_utf8(std::string& to, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { to += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
    if (code < 0x80U) {
        to += static_cast<char>(code);
    } else if (code < 0x800U) {
        to += static_cast<char>(0xC0U | code >> 6U);
        tail(0);
    } else if (code < 0x10000U) {
        to += static_cast<char>(0xE0U | code >> 12U);
        tail(6);
        tail(0);
    } else {
        to += static_cast<char>(0xF0U | code >> 18U);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

class Json::Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    bool whole(Json& into) {
        if (!value(into, 0)) return false;
        skip();
        return at_ == text_.size();
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool eat(char c) {
        if (peek() != c || at_ == text_.size()) return false;
        ++at_;
        return true;
    }
    bool eat(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    void skip() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }

    bool value(Json& into, int depth) {
        skip();
        if (depth > deepest) return false;
        switch (peek()) {
            case '{': return object(into, depth);
            case '[': return list(into, depth);
            case '"': into.kind_ = Kind::text; return string(into.text_);
            case 't':
                into.kind_ = Kind::boolean;
                into.number_ = 1;
                return eat("true");
            case 'f': into.kind_ = Kind::boolean; return eat("false");
            case 'n': return eat("null");
            default: into.kind_ = Kind::number; return number(into.number_);
        }
    }

    bool object(Json& into, int depth) {
        into.kind_ = Kind::object;
        ++at_;
        skip();
        if (eat('}')) return true;
        do {
            skip();
            auto& [name, member] = into.members_.emplace_back();
            if (!string(name)) return false;
            skip();
            if (!eat(':') || !value(member, depth + 1)) return false;
            skip();
        } while (eat(','));
        return eat('}');
    }

    bool list(Json& into, int depth) {
        into.kind_ = Kind::list;
        ++at_;
        skip();
        if (eat(']')) return true;
        do {
            if (!value(into.items_.emplace_back(), depth + 1)) return false;
            skip();
        } while (eat(','));
        return eat(']');
    }

    bool number(std::int64_t& into) {
        const std::size_t begin = at_;
        eat('-');
        const std::size_t digits = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        if (at_ == digits) return false;
        const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + at_, into);
        if (error != std::errc())
            into = text_[begin] == '-' ? std::numeric_limits<std::int64_t>::min()
                                       : std::numeric_limits<std::int64_t>::max();
        while (std::string_view("0123456789.eE+-").find(peek()) != std::string_view::npos && at_ < text_.size()) ++at_;
        return true;
    }

    bool string(std::string& into) {
        if (!eat('"')) return false;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return true;
            if (c != '\\') into += c;
            else if (!escape(into)) return false;
        }
        return false;
    }

    bool escape(std::string& into) {
        constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
        if (at_ == text_.size()) return false;
        const char c = text_[at_++];
        if (const std::size_t found = from.find(c); found != from.npos) return into += to[found], true;
        std::uint32_t code = 0, low = 0;
        if (c != 'u' || !unit(code)) return false;
        if (code >= 0xD800U && code < 0xDC00U && eat("\\u")) {
            if (!unit(low)) return false;
            code = 0x10000U + ((code & 0x3FFU) << 10U) + (low & 0x3FFU);
        }
        return append_utf8(into, code), true;
    }

    bool unit(std::uint32_t& into) {
        const std::string_view digits = text_.substr(at_, 4);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into, 16);
        at_ += digits.size();
        return digits.size() == 4 && error == std::errc() && end == digits.data() + digits.size();
    }

    const std::string_view text_;
    std::size_t at_ = 0;
};

std::optional<Json> Json::parse(std::string_view text) {
    Json made;
    return Parser(text).whole(made) ? std::optional(std::move(made)) : std::nullopt;
}

const Json& Json::operator[](std::string_view name) const {
    static const Json none;
    for (const auto& [key, member] : members_) {
        if (key == name) return member;
    }
    return none;
}

std::string json_text(std::string_view text) {
    std::string made = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') (made += '\\') += c;
        else if (byte >= 0x20U) made += c;
        else ((made += "\\u00") += hex_digits[byte >> 4U]) += hex_digits[byte & 0xFU];
    }
    return made += '"';
}

}  // namespace flowrun::broker
