#pragma once
// One pass over a JSON text that writes one Node for each token. A string or number is a pointer into the text and a
// size, so the work is to find where it ends and to see that it is right.
//
// Where the speed comes from:
//  - Strings are looked at sixteen bytes at a time (scan.hh).
//  - When a text ends in '}' or ']', as every whole list and map does (`closed`), any place before that byte may be
//    looked at without asking whether the text has ended there.
//  - Members are registers: everything that gets `this` is inlined, and what is rare is a function given values.
//  - Where the next token begins is left to the branch predictor rather than computed, as far as texts are alike from
//    one to the next: digits one by one, and keys with step() of scan.hh.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "value/json.hh"
#include "value/mistake.hh"
#include "value/number.hh"
#include "value/scan.hh"
#include "value/space.hh"
#include "value/tape.hh"
#include "value/unescape.hh"
#include "value/utf8.hh"

#define FLOWRUN_INLINE [[gnu::always_inline]] inline

namespace flowrun::value {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Sets the error; false.
bool refuse(JsonError& error, const char* text, const char* at, const char* message);

// An escape was met: of the lists and maps that are open, none lies wholly within its text any more.
void leave_text(Node* nodes, std::uint32_t open, unsigned depth);

template <bool closed>
class Parse {
public:
    // The text begins at `text`, its first token at `from`; `end` has no white space before it.
    Parse(Tape& tape, Pool& pool, JsonError& error, const char* text, const char* from, const char* end)
        : tape_(tape), pool_(pool), error_(error), text_(text), p_(from), end_(end), nodes_(tape.nodes()),
          node_(nodes_), limit_(nodes_ + tape.capacity()) {}

    bool run();                             // one value; false: the error is set
    const char* end() const { return p_; }  // behind it

private:
    FLOWRUN_INLINE char peek(const char* at) const { return closed || at != end_ ? *at : '\0'; }
    FLOWRUN_INLINE bool in_map() const { return nodes_[open_].kind == Kind::map; }
    FLOWRUN_INLINE bool fail(const char* at, const char* message) { return refuse(error_, text_, at, message); }
    FLOWRUN_INLINE void space();
    FLOWRUN_INLINE Node& push();
    template <bool is_key>
    FLOWRUN_INLINE bool string();
    FLOWRUN_INLINE bool key();
    FLOWRUN_INLINE bool number();
    FLOWRUN_INLINE bool literal(std::string_view word, Kind kind, bool truth);
    FLOWRUN_INLINE bool open(Kind kind);
    FLOWRUN_INLINE void close();

    Tape& tape_;
    Pool& pool_;
    JsonError& error_;
    const char* const text_;
    const char* p_;
    const char* const end_;
    Node* nodes_;
    Node* node_;  // the next to write
    Node* limit_;
    std::uint32_t open_ = 0;   // place of the innermost list or map; its span is its parent's place while it is open
    std::uint32_t count_ = 0;  // of its members so far
    unsigned depth_ = 0;
    const char* lines_ = nullptr;  // the last line break between tokens, or the beginning of the gap with it
};

template <bool closed>
inline void Parse<closed>::space() {
    const Gap gap = skip_space(p_, end_);
    p_ = gap.next;
    if (gap.lines != nullptr) lines_ = gap.lines;
}

template <bool closed>
inline Node& Parse<closed>::push() {
    if (node_ == limit_) [[unlikely]] {
        const auto used = static_cast<std::size_t>(node_ - nodes_);
        tape_.reserve(used + 1);
        nodes_ = tape_.nodes();
        node_ = nodes_ + used;
        limit_ = nodes_ + tape_.capacity();
    }
    return *node_++;
}

template <bool closed>
template <bool is_key>
inline bool Parse<closed>::string() {
    const char* const from = p_ + 1;
    const char* q = from;
    unsigned high = 0;  // not 0: some byte is not ASCII
    for (;; q += 16) {
        const bool tail = end_ - q < 16;
        const Stops found = tail ? stops_of_tail(q, text_, end_) : stops_of(q);
        if (found.stop != 0) [[likely]] {
            high |= found.high & (found.stop - 1) & ~found.stop;
            const auto n = static_cast<unsigned>(std::countr_zero(found.stop));
            q = is_key ? step(q, n) : q + n;
            break;
        }
        high |= found.high;
        if (tail) [[unlikely]] {
            q = end_;
            break;
        }
    }
    Node& node = push();
    if (q == end_ || *q != '"') [[unlikely]] {
        p_ = unescape(text_, from, q, end_, pool_, node, error_);
        if (p_ == nullptr) return false;
        leave_text(nodes_, open_, depth_);
        return true;
    }
    if (high != 0) [[unlikely]] {
        if (const char* bad = find_bad_utf8(from, q)) return fail(bad, "not valid UTF-8");
    }
    node = {Kind::string, 0, 0, static_cast<std::uint32_t>(q - from), 1, 0, {from}};
    p_ = q + 1;
    return true;
}

// A key with its colon.
template <bool closed>
inline bool Parse<closed>::key() {
    if (peek(p_) != '"') [[unlikely]] {
        space();
        if (p_ == end_) return fail(p_, "text ends within a map");
        if (*p_ != '"') return fail(p_, mistaken_key(*p_));
    }
    if (!string<true>()) return false;
    if (peek(p_) != ':') [[unlikely]] {
        space();
        if (p_ == end_) return fail(p_, "text ends within a map");
        if (*p_ != ':') return fail(p_, "expected ':' after a key");
    }
    ++p_;
    return true;
}

template <bool closed>
inline bool Parse<closed>::number() {
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
    push() = {kind, 0, 0, 0, 1, static_cast<std::uint32_t>(text.size()), {from}};
    p_ = q;
    return true;
}

template <bool closed>
inline bool Parse<closed>::literal(std::string_view word, Kind kind, bool truth) {
    if (static_cast<std::size_t>(end_ - p_) < word.size() || std::memcmp(p_, word.data(), word.size()) != 0) {
        return fail(p_, mistaken_value(p_, end_));
    }
    Node& node = push();
    node = {kind, 0, 0, 0, 1, 0, {}};
    if (truth) node.b = true;
    p_ += word.size();
    return true;
}

template <bool closed>
inline bool Parse<closed>::open(Kind kind) {
    if (depth_ == max_depth) [[unlikely]]
        return fail(p_, "more than 512 lists and maps in one another");
    Node& node = push();
    node = {kind, Node::inside, 1, 0, open_, 0, {p_}};
    nodes_[open_].count = count_;
    open_ = static_cast<std::uint32_t>(&node - nodes_);
    count_ = 0;
    ++depth_;
    ++p_;
    return true;
}

template <bool closed>
inline void Parse<closed>::close() {
    ++p_;
    Node& node = nodes_[open_];
    open_ = node.span;
    node.span = static_cast<std::uint32_t>(node_ - &node);
    node.count = count_;
    node.text_size = static_cast<std::uint32_t>(p_ - node.text);
    if (lines_ > node.text) node.flags |= Node::lines;
    if (--depth_ == 0) return;
    Node& parent = nodes_[open_];
    count_ = parent.count;
    if (parent.height <= node.height) parent.height = static_cast<std::uint16_t>(node.height + 1);
}

// Longer than a function should be, and with goto: a loop that is one state machine, in which each jump is a
// transition.
template <bool closed>
FLOWRUN_INLINE bool Parse<closed>::run() {
value:
    if (!closed && p_ == end_) return fail(p_, "text ends where a value should stand");
    switch (*p_) {
        case '"':
            if (!string<false>()) return false;
            break;
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            if (!number()) return false;
            break;
        case '{':
            if (!open(Kind::map)) return false;
            if (is_space(peek(p_))) space();
            if (peek(p_) != '}') [[likely]]
                goto key;
            close();
            break;
        case '[':
            if (!open(Kind::list)) return false;
            if (is_space(peek(p_))) space();
            if (peek(p_) != ']') [[likely]]
                goto value;
            close();
            break;
        case 't':
            if (!literal("true", Kind::boolean, true)) return false;
            break;
        case 'f':
            if (!literal("false", Kind::boolean, false)) return false;
            break;
        case 'n':
            if (!literal("null", Kind::null, false)) return false;
            break;
        case ' ':
        case '\t':
        case '\n':
        case '\r': space(); goto value;
        default: return fail(p_, mistaken_value(p_, end_));
    }
member:
    if (depth_ == 0) return true;
    ++count_;
after:
    if (p_ == end_) return fail(p_, in_map() ? "text ends within a map" : "text ends within a list");
    if (*p_ == ',') [[likely]] {
        ++p_;
        if (!in_map()) goto value;
    key:
        if (!key()) return false;
        goto value;
    }
    if (*p_ == (in_map() ? '}' : ']')) [[likely]] {
        close();
        goto member;
    }
    if (is_space(*p_)) {
        space();
        goto after;
    }
    return fail(p_, in_map() ? "expected ',' or '}' after a value" : "expected ',' or ']' after a value");
}

}  // namespace flowrun::value

#undef FLOWRUN_INLINE
