#pragma once
// A second reader of JSON, slow and plain, written from RFC 8259 and sharing nothing with the one under test. It
// gives a description of the value: every string, number and structure, and the text of every list and map. `describe`
// gives the same for Nodes, and checks on its way that they hang together.

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "value/json.hh"

namespace oracle {

using flowrun::value::Kind;
using flowrun::value::Node;

class Text {
public:
    explicit Text(std::string_view text) : text_(text) {}

    // Nothing: not JSON.
    std::optional<std::string> read() {
        std::string out;
        space();
        if (!value(out, 0)) return std::nullopt;
        space();
        if (at_ != text_.size()) return std::nullopt;
        return out;
    }

private:
    bool more() const { return at_ < text_.size(); }
    char now() const { return more() ? text_[at_] : '\0'; }
    bool take(std::string_view what) {
        if (text_.substr(at_, what.size()) != what) return false;
        at_ += what.size();
        return true;
    }
    void space() {
        while (more() && std::string_view(" \t\r\n").find(now()) != std::string_view::npos) {
            if (now() == '\n' || now() == '\r') ++breaks_;
            ++at_;
        }
    }
    bool value(std::string& out, unsigned depth) {
        if (!more()) return false;
        if (now() == '"') {
            std::string s;
            if (!string(s)) return false;
            out += "s" + std::to_string(s.size()) + ":" + s;
            return true;
        }
        if (now() == '[' || now() == '{') return depth < 512 && container(out, depth);
        if (take("true")) return out += "T", true;
        if (take("false")) return out += "F", true;
        if (take("null")) return out += "N", true;
        return number(out);
    }
    bool container(std::string& out, unsigned depth) {
        const std::size_t start = at_;
        const std::size_t breaks = breaks_;
        const std::size_t escapes = escapes_;
        const bool map = text_[at_++] == '{';
        const char closing = map ? '}' : ']';
        std::string members;
        std::size_t count = 0;
        space();
        if (now() != closing || !more()) {
            for (;;) {
                if (map) {
                    space();
                    std::string key;
                    if (now() != '"' || !string(key)) return false;
                    space();
                    if (!take(":")) return false;
                    members += "k" + std::to_string(key.size()) + ":" + key;
                }
                space();
                if (!value(members, depth + 1)) return false;
                ++count;
                space();
                if (take(",")) {
                    space();
                    continue;
                }
                break;
            }
        }
        if (!more() || now() != closing) return false;
        ++at_;
        out += map ? "{" : "[";
        out += std::to_string(count) + (breaks_ != breaks ? "l" : "") + (escapes_ == escapes ? "i" : "") + "<";
        out += text_.substr(start, at_ - start);
        out += ">" + members + closing;
        return true;
    }
    bool digits() {
        const std::size_t start = at_;
        while (now() >= '0' && now() <= '9') ++at_;
        return at_ > start;
    }
    bool number(std::string& out) {
        const std::size_t start = at_;
        take("-");
        if (!take("0") && !digits()) return false;
        bool whole = true;
        if (take(".")) {
            whole = false;
            if (!digits()) return false;
        }
        if (take("e") || take("E")) {
            whole = false;
            if (!take("-")) take("+");
            if (!digits()) return false;
        }
        const std::string text(text_.substr(start, at_ - start));
        out += kind(text, whole) + text;
        return true;
    }
    static std::string kind(const std::string& text, bool whole) {
        if (!whole) {
            const double d = std::strtod(text.c_str(), nullptr);
            const bool zero = text.substr(0, text.find_first_of("eE")).find_first_of("123456789") == std::string::npos;
            return std::isfinite(d) && (d != 0 || zero) ? "r" : "n";
        }
        errno = 0;
        std::strtoll(text.c_str(), nullptr, 10);
        if (errno == 0) return "i";
        if (text[0] == '-') return "n";
        errno = 0;
        std::strtoull(text.c_str(), nullptr, 10);
        return errno == 0 ? "u" : "n";
    }
    std::optional<unsigned> hex() {
        unsigned code = 0;
        for (int i = 0; i < 4; ++i) {
            const auto digit = std::string_view("0123456789abcdefABCDEF").find(now());
            if (!more() || digit == std::string_view::npos) return std::nullopt;
            code = code * 16 + static_cast<unsigned>(digit < 16 ? digit : digit - 6);
            ++at_;
        }
        return code;
    }
    static void encode(std::uint32_t c, std::string& out) {
        const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
        if (c < 0x80) return put(c);
        if (c < 0x800) return put(0xC0 + c / 64), put(0x80 + c % 64);
        if (c < 0x10000) return put(0xE0 + c / 4096), put(0x80 + c / 64 % 64), put(0x80 + c % 64);
        put(0xF0 + c / 262144), put(0x80 + c / 4096 % 64), put(0x80 + c / 64 % 64), put(0x80 + c % 64);
    }
    bool escape(std::string& out) {
        ++escapes_;
        const char c = now();
        if (!more()) return false;
        ++at_;
        const auto simple = std::string_view("\"\\/bfnrt").find(c);
        if (simple != std::string_view::npos) return out += "\"\\/\b\f\n\r\t"[simple], true;
        if (c != 'u') return false;
        const auto first = hex();
        if (!first) return false;
        if (*first < 0xD800 || *first > 0xDFFF) return encode(*first, out), true;
        if (*first > 0xDBFF || !take("\\u")) return false;
        const auto second = hex();
        if (!second || *second < 0xDC00 || *second > 0xDFFF) return false;
        return encode(0x10000 + (*first - 0xD800) * 0x400 + (*second - 0xDC00), out), true;
    }
    // One code point of UTF-8, by decoding it and encoding it again.
    bool raw(std::string& out) {
        const auto lead = static_cast<unsigned char>(now());
        const unsigned length = lead < 0x80   ? 1
                                : lead < 0xC0 ? 0
                                : lead < 0xE0 ? 2
                                : lead < 0xF0 ? 3
                                : lead < 0xF8 ? 4
                                              : 0;
        if (length == 0 || text_.size() - at_ < length) return false;
        std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
        for (unsigned i = 1; i < length; ++i) {
            const auto c = static_cast<unsigned char>(text_[at_ + i]);
            if (c < 0x80 || c > 0xBF) return false;
            code = code * 64 + (c - 0x80U);
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
        std::string again;
        encode(code, again);
        if (again != text_.substr(at_, length)) return false;
        at_ += length;
        out += again;
        return true;
    }
    bool string(std::string& out) {
        ++at_;
        while (more()) {
            const char c = now();
            if (c == '"') return ++at_, true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c == '\\') {
                ++at_;
                if (!escape(out)) return false;
            } else if (!raw(out)) {
                return false;
            }
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t breaks_ = 0;   // line breaks between tokens so far
    std::size_t escapes_ = 0;  // in strings so far
};

inline std::string broken(const char* what) { return std::string("!! ") + what; }

// The description of one Node with all below it, as Text::read gives it.
inline std::string describe(const Node& n) {
    if (n.kind != Kind::list && n.kind != Kind::map) {
        if (n.span != 1 || n.height != 0) return broken("span or height of a leaf");
        if (n.kind == Kind::null) return "N";
        if (n.kind == Kind::boolean) return *n.as_bool() ? "T" : "F";
        if (n.kind == Kind::string) return "s" + std::to_string(n.count) + ":" + std::string(n.bytes_view());
        const char letter = n.kind == Kind::integer     ? 'i'
                            : n.kind == Kind::unsigned_ ? 'u'
                            : n.kind == Kind::real      ? 'r'
                                                        : 'n';
        return letter + std::string(n.json_text());
    }
    const bool map = n.kind == Kind::map;
    std::string out = (map ? "{" : "[") + std::to_string(n.count) + ((n.flags & Node::lines) != 0 ? "l" : "") +
                      ((n.flags & Node::inside) != 0 ? "i" : "") + "<" + std::string(n.json_text()) + ">";
    const Node* child = n.first();
    unsigned below = 0;
    for (std::uint32_t i = 0; i < n.count; ++i) {
        if (map) {
            if (child->kind != Kind::string || child->span != 1) return broken("a key that is no string");
            out += "k" + std::to_string(child->count) + ":" + std::string(child->bytes_view());
            ++child;
        }
        if (child->height > below) below = child->height;
        out += describe(*child);
        child = child->next();
    }
    if (child != n.next()) return broken("a span that does not lead over the members");
    if (n.height != below + 1) return broken("a height that is not the members' and one");
    return out + (map ? '}' : ']');
}

}  // namespace oracle
