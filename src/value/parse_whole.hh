#pragma once
// The lists and maps of a Parse (parse.hh), and the whole of it. Included by reader.cc alone.

#include <algorithm>

#include "value/mistake.hh"
#include "value/parse.hh"
#include "value/parse_token.hh"
#include "value/space.hh"

namespace flowrun::value {

template <bool closed>
inline bool Parse<closed>::open(Kind kind) {
    if (depth_ == max_depth) [[unlikely]]
        return fail(p_, "more than 512 lists and maps in one another");
    Node& node = *node_++;
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
    parent.height = std::max(parent.height, static_cast<std::uint16_t>(node.height + 1));
}

// A string as long as the one that the same key had before; false: nothing has happened.
template <bool closed>
inline bool Parse<closed>::same_size() {
    const char* const from = p_ + 1;
    const unsigned n = last_->length;
    if (n > 15 || from > sixteen_) return false;
    const Stops found = stops_of(from);
    if ((found.stop << (31 - n)) != 1U << 31 || from[n] != '"') [[unlikely]] { return false; }
    if ((found.high << (31 - n)) != 0) [[unlikely]]
        return false;
    put_scalar(node_++, head_of(Kind::string, Node::plain, n), 0, from);
    p_ = from + n + 1;
    return true;
}

template <bool closed>
template <bool in_map>
inline typename Parse<closed>::Began Parse<closed>::value() {
    while (closed || p_ != end_) {
        if (*p_ == '"') {
            if (in_map && same_size()) return Began::scalar;
            if (!string()) return Began::nothing;
            if (in_map && last_->length < 16) keys_->differs(last_, node_[-1].count);
            return Began::scalar;
        }
        if (is_digit(*p_) || *p_ == '-') return number() ? Began::scalar : Began::nothing;
        switch (*p_) {
            case '{': return open(Kind::map) ? Began::map : Began::nothing;
            case '[': return open(Kind::list) ? Began::list : Began::nothing;
            case 't': return literal("true", Kind::boolean, true) ? Began::scalar : Began::nothing;
            case 'f': return literal("false", Kind::boolean, false) ? Began::scalar : Began::nothing;
            case 'n': return literal("null", Kind::null, false) ? Began::scalar : Began::nothing;
            case ' ':
            case '\t':
            case '\n':
            case '\r': space(); continue;
            default: fail(p_, mistaken_value(p_, end_)); return Began::nothing;
        }
    }
    fail(p_, "text ends where a value should stand");
    return Began::nothing;
}

// Longer than a function should be, and with goto: one state machine, in which each jump is a transition. A text that
// is closed can end too early only behind a list or map.
template <bool closed>
FLOWRUN_INLINE bool Parse<closed>::run() {
    switch (value<false>()) {
        case Began::scalar: return true;
        case Began::list: goto list;
        case Began::map: goto map;
        case Began::nothing: return false;
    }

map:
    if (is_space(peek(p_))) space();
    if (peek(p_) == '}') goto ended;
    if (!key<Way::brace>()) return false;
map_value:
    switch (value<true>()) {
        case Began::scalar: break;
        case Began::list: goto list;
        case Began::map: goto map;
        case Began::nothing: return false;
    }
map_member:
    ++count_;
behind_entry:
    if (!closed && p_ == end_) return fail(p_, "text ends within a map");
    if (*p_ == ',') [[likely]] {
        ++p_;
        if (!key<Way::comma>()) return false;
        goto map_value;
    }
    if (*p_ == '}') [[likely]]
        goto ended;
    if (!is_space(*p_)) return fail(p_, "expected ',' or '}' after a value");
    space();
    goto behind_entry;

list:
    if (is_space(peek(p_))) space();
    if (peek(p_) == ']') goto ended;
list_value:
    two();
    switch (value<false>()) {
        case Began::scalar: break;
        case Began::list: goto list;
        case Began::map: goto map;
        case Began::nothing: return false;
    }
list_member:
    ++count_;
behind_element:
    if (!closed && p_ == end_) return fail(p_, "text ends within a list");
    if (*p_ == ',') [[likely]] {
        ++p_;
        goto list_value;
    }
    if (*p_ == ']') [[likely]]
        goto ended;
    if (!is_space(*p_)) return fail(p_, "expected ',' or ']' after a value");
    space();
    goto behind_element;

ended:
    close();
    if (depth_ == 0) return true;
    if (nodes_[open_].kind == Kind::map) {
        if (p_ == end_) return fail(p_, "text ends within a map");
        goto map_member;
    }
    if (p_ == end_) return fail(p_, "text ends within a list");
    goto list_member;
}

}  // namespace flowrun::value

#undef FLOWRUN_INLINE
