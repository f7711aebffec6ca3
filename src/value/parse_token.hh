#pragma once
// The tokens of a Parse (parse.hh): white space, strings, keys, numbers, words. Included by parse_whole.hh alone.

#include <bit>
#include <cstring>

#include "value/mistake.hh"
#include "value/number.hh"
#include "value/parse.hh"
#include "value/scalar.hh"
#include "value/scan.hh"
#include "value/space.hh"
#include "value/unescape.hh"
#include "value/utf8.hh"

namespace flowrun::value {

[[gnu::always_inline]] inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

template <bool closed>
inline void Parse<closed>::space() {
    const Gap gap = skip_space(p_, end_);
    p_ = gap.next;
    if (gap.lines != nullptr) lines_ = gap.lines;
}

// Room for two more Nodes: a key and its value, or an element.
template <bool closed>
inline void Parse<closed>::two() {
    if (node_ > limit_) [[unlikely]] {
        const auto used = static_cast<std::size_t>(node_ - nodes_);
        tape_.reserve(used + 2);
        nodes_ = tape_.nodes();
        node_ = nodes_ + used;
        limit_ = nodes_ + tape_.capacity() - 2;
    }
}

template <bool closed>
inline bool Parse<closed>::string() {
    const char* const from = p_ + 1;
    const char* q = from;
    unsigned high = 0;  // not 0: some byte is not ASCII
    for (;; q += 16) {
        const bool tail = q > sixteen_;
        const Stops found = tail ? stops_of_tail(q, text_, end_) : stops_of(q);
        if (found.stop != 0) [[likely]] {
            high |= found.high & (found.stop ^ (found.stop - 1));
            q += std::countr_zero(found.stop);
            break;
        }
        high |= found.high;
        if (tail) [[unlikely]] {
            q = end_;
            break;
        }
    }
    if (q == end_ || *q != '"') [[unlikely]] {
        p_ = unescape(text_, from, q, end_, pool_, *node_++, error_);
        if (p_ == nullptr) return false;
        leave_text(nodes_, open_, depth_);
        return true;
    }
    if (high != 0) [[unlikely]] {
        if (const char* bad = find_bad_utf8(from, q)) return fail(bad, "not valid UTF-8");
    }
    put_scalar(node_++, head_of(Kind::string, Node::plain, static_cast<std::uint32_t>(q - from)), 0, from);
    p_ = q + 1;
    return true;
}

// A key with its colon.
template <bool closed>
template <Way way>
inline bool Parse<closed>::key() {
    two();
    if (expected_key<way>()) [[likely]]
        return true;
    return other_key<way>();
}

template <bool closed>
template <Way way>
inline bool Parse<closed>::expected_key() {
    const KnownKey* const key = &known_[last_->next[static_cast<unsigned>(way)]];
    if (p_ > sixteen_) [[unlikely]] {
        if (!begins_with(p_, end_, *key)) return false;
    } else if (!same_bytes(key->text, p_, key->mask)) {
        return false;
    }
    put_scalar(node_++, key->head, 0, p_ + 1);
    p_ += key->whole;
    last_ = key;
    return true;
}

template <bool closed>
template <Way way>
inline bool Parse<closed>::other_key() {
    if (is_space(peek(p_))) {
        space();
        if (expected_key<way>()) return true;
    }
    if (p_ == end_) return fail(p_, "text ends within a map");
    if (*p_ != '"') return fail(p_, mistaken_key(*p_));
    const char* const from = p_ + 1;
    if (!string()) return false;
    const std::size_t size = node_[-1].count;
    const bool plain = node_[-1].text == from && p_ == from + size + 1;
    const char* const quote = p_;
    if (peek(p_) != ':') [[unlikely]] {
        space();
        if (p_ == end_) return fail(p_, "text ends within a map");
        if (*p_ != ':') return fail(p_, "expected ':' after a key");
    }
    ++p_;
    if (keys_ == nullptr) return true;
    if (plain && p_ == quote + 1) {
        if (p_ != end_ && *p_ == ' ') ++p_;
        last_ = keys_->learn(last_, from, size, static_cast<std::size_t>(p_ - from) + 1, depth_, way);
    } else {
        last_ = known_;
    }
    return true;
}

// Of at most 15 bytes, without exponent, and right; false: nothing has happened.
template <bool closed>
inline bool Parse<closed>::short_number() {
    if (p_ > sixteen_) [[unlikely]]
        return false;
    const char* const from = p_;
    const unsigned sign = *from == '-';
    const unsigned others = (~digits_of(from) & 0xffff) >> sign;
    const unsigned whole = static_cast<unsigned>(std::countr_zero(others | 0x10000));
    unsigned size = sign + whole;
    if (whole == 0 || size > 14 || (from[sign] == '0' && whole != 1)) [[unlikely]]
        return false;
    Kind kind = Kind::integer;
    if (from[size] == '.') {
        const unsigned fraction = static_cast<unsigned>(std::countr_zero(others >> (whole + 1) | 0x10000));
        size += fraction + 1;
        if (fraction == 0 || size > 15) [[unlikely]]
            return false;
        kind = Kind::real;
    }
    if ((from[size] | 0x20) == 'e') [[unlikely]]
        return false;
    put_scalar(node_++, head_of(kind, 0, 0), size, from);
    p_ = from + size;
    return true;
}

template <bool closed>
inline bool Parse<closed>::number() {
    if (short_number()) [[likely]]
        return true;
    const char* const from = p_;
    const char* q = from + (*from == '-');
    const char* const digits = q;
    if (peek(q) == '0') {
        if (is_digit(peek(++q))) return fail(from, "number with a leading zero");
    } else {
        while (is_digit(peek(q))) ++q;
    }
    const auto whole_size = q - digits;
    if (whole_size == 0) [[unlikely]]
        return fail(from, mistaken_number(q, end_));
    Kind kind = Kind::integer;
    bool exponent = false;
    if (peek(q) == '.') {
        const char* const fraction = ++q;
        while (is_digit(peek(q))) ++q;
        if (q == fraction) [[unlikely]]
            return fail(from, "number needs a digit behind its decimal point");
        kind = Kind::real;
    }
    if ((peek(q) | 0x20) == 'e') {
        ++q;
        if (peek(q) == '-' || peek(q) == '+') ++q;
        const char* const power = q;
        while (is_digit(peek(q))) ++q;
        if (q == power) [[unlikely]]
            return fail(from, "number needs a digit in its exponent");
        kind = Kind::real;
        exponent = true;
    }
    const std::string_view text(from, static_cast<std::size_t>(q - from));
    // Below these sizes nothing can be beyond 64 bits or beyond double.
    if (exponent || (kind == Kind::integer ? whole_size > 18 : text.size() > 300)) [[unlikely]] {
        kind = kind_of_number(text, kind == Kind::integer);
    }
    put_scalar(node_++, head_of(kind, 0, 0), static_cast<std::uint32_t>(text.size()), from);
    p_ = q;
    return true;
}

template <bool closed>
inline bool Parse<closed>::literal(std::string_view word, Kind kind, bool truth) {
    if (static_cast<std::size_t>(end_ - p_) < word.size() || std::memcmp(p_, word.data(), word.size()) != 0) {
        return fail(p_, mistaken_value(p_, end_));
    }
    Node& node = *node_++;
    node = {kind, 0, 0, 0, 1, 0, {}};
    if (truth) node.b = true;
    p_ += word.size();
    return true;
}

}  // namespace flowrun::value
