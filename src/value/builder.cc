#include "value/builder.hh"

#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "base/arena.hh"
#include "value/copy.hh"
#include "value/few.hh"
#include "value/scalar.hh"
#include "value/tape.hh"

namespace flowrun::value {

struct Builder::State {
    Tape tape;
    std::size_t size = 0;    // Nodes so far
    Arena bytes{256};        // their text
    std::uint32_t open = 0;  // place of the innermost list or map; its span is its parent's place while it is open
    std::uint32_t depth = 0;
    bool key_given = false;  // in a map: its value comes next
    bool broken = false;     // the calls made no sense: finish() says so
    bool finished = false;   // the next call begins anew
    std::unique_ptr<Reader> reader;

    void begin();
    void clear();
    Node* room(std::uint32_t count);
    Node* add(Kind kind);
    void add_text(Kind kind, std::string_view data);
    bool may_be_key();
    char* copy(std::string_view text);
    void put_text(Kind kind, std::string_view data);
    void begin_container(Kind kind);
    void count_member(std::uint16_t height);
    void copy_scalar(const Node& v);
};

inline void Builder::State::clear() {
    size = 0;
    bytes.reset();
    depth = 0;
    key_given = broken = finished = false;
}

inline void Builder::State::begin() {
    if (finished) clear();
}

// A whole value of this height has been put in: counts it in the list or map that it belongs to, and sees that it may
// stand here.
inline void Builder::State::count_member(std::uint16_t height) {
    if (depth == 0) {
        if (size > 0) broken = true;  // a second root
        return;
    }
    Node& parent = tape.nodes()[open];
    if (parent.is(Kind::map) && !std::exchange(key_given, false)) broken = true;
    if (depth + height > max_depth) broken = true;
    ++parent.count;
    if (parent.height <= height) parent.height = static_cast<std::uint16_t>(height + 1);
}

inline Node* Builder::State::room(std::uint32_t count) {
    tape.reserve(size + count);
    Node* node = tape.nodes() + size;
    size += count;
    return node;
}

inline Node* Builder::State::add(Kind kind) {
    begin();
    count_member(0);
    Node* node = room(1);
    put_scalar(node, head_of(kind, 0, 0), 0, nullptr);
    return node;
}

inline char* Builder::State::copy(std::string_view text) {
    char* const to = bytes.bytes(text.size());
    if (text.size() < 16) {
        Few(text).put(to);
    } else {
        std::memcpy(to, text.data(), text.size());
    }
    return to;
}

inline void Builder::State::put_text(Kind kind, std::string_view data) {
    if (data.size() > max_text) {
        broken = true;
        data = {};
    }
    put_scalar(room(1), head_of(kind, 0, static_cast<std::uint32_t>(data.size())), 0, copy(data));
}

inline void Builder::State::add_text(Kind kind, std::string_view data) {
    begin();
    count_member(0);
    put_text(kind, data);
}

void Builder::State::begin_container(Kind kind) {
    begin();
    if (depth == max_depth) broken = true;
    if (broken) return;
    count_member(0);
    Node* node = room(1);
    put_scalar(node, head_of(kind, 0, 0), 0, nullptr);
    node->height = 1;
    node->span = open;
    open = static_cast<std::uint32_t>(node - tape.nodes());
    ++depth;
}

Builder::Builder() : state_(new State) {}
Builder::~Builder() { delete state_; }
Builder::Builder(Builder&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
Builder& Builder::operator=(Builder&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

void Builder::null() { state_->add(Kind::null); }
void Builder::boolean(bool v) { state_->add(Kind::boolean)->b = v; }

void Builder::integer(std::int64_t v) {
    Node* node = state_->add(Kind::integer);
    node->flags = Node::binary;
    node->i = v;
}

void Builder::unsigned_(std::uint64_t v) {
    const bool small = v <= static_cast<std::uint64_t>(INT64_MAX);
    Node* node = state_->add(small ? Kind::integer : Kind::unsigned_);
    node->flags = Node::binary;
    node->u = v;
}

void Builder::real(double v) {
    if (!std::isfinite(v)) return null();
    Node* node = state_->add(Kind::real);
    node->flags = Node::binary;
    node->d = v;
}

bool Builder::string(std::string_view utf8) {
    if (!valid_utf8(utf8)) return false;
    state_->add_text(Kind::string, utf8);
    return true;
}

void Builder::bytes(std::string_view data) { state_->add_text(Kind::bytes, data); }
void Builder::list() { state_->begin_container(Kind::list); }
void Builder::map() { state_->begin_container(Kind::map); }

// Whether a key may stand here; else the value is broken.
inline bool Builder::State::may_be_key() {
    begin();
    if (depth != 0 && !key_given && tape.nodes()[open].is(Kind::map)) return key_given = true;
    broken = true;
    return false;
}

bool Builder::key(std::string_view utf8) {
    if (!valid_utf8(utf8)) return false;
    if (state_->may_be_key()) state_->put_text(Kind::string, utf8);
    return true;
}

void Builder::standing_key(std::string_view utf8, bool plain) {
    State& s = *state_;
    if (!s.may_be_key()) return;
    const std::uint8_t flags = plain ? Node::plain : 0;
    put_scalar(s.room(1), head_of(Kind::string, flags, static_cast<std::uint32_t>(utf8.size())), 0, utf8.data());
}

void Builder::end() {
    State& s = *state_;
    s.begin();
    if (s.depth == 0 || s.key_given) s.broken = true;
    if (s.broken) return;
    Node* const nodes = s.tape.nodes();
    Node& node = nodes[s.open];
    const std::uint32_t place = std::exchange(s.open, node.span);
    node.span = static_cast<std::uint32_t>(s.size - place);
    if (--s.depth == 0) return;
    Node& parent = nodes[s.open];
    if (parent.height <= node.height) parent.height = static_cast<std::uint16_t>(node.height + 1);
}

// A scalar, which needs none of the care that parts of a whole need.
inline void Builder::State::copy_scalar(const Node& v) {
    count_member(0);
    Node* const node = room(1);
    *node = v;
    node->flags = static_cast<std::uint8_t>(v.flags & ~Node::owned);
    if (v.kind < Kind::integer || (v.flags & Node::binary) != 0) return;
    node->text = copy({v.text, v.is(Kind::string) || v.is(Kind::bytes) ? v.count : v.text_size});
}

void Builder::value(const Node& v) {
    State& s = *state_;
    s.begin();
    if (!v.is(Kind::list) && !v.is(Kind::map)) return s.copy_scalar(v);
    s.count_member(v.height);
    Node* const copy = s.room(v.span);
    copy_nodes(v, copy, s.bytes.bytes(text_bytes(v)));
}

std::expected<void, JsonError> Builder::json(std::string_view text) {
    if (!state_->reader) state_->reader = std::make_unique<Reader>();
    const auto read = state_->reader->read(text);
    if (!read) return std::unexpected(read.error());
    value(**read);
    return {};
}

const Node* Builder::finish() {
    State& s = *state_;
    const bool whole = !s.finished && !s.broken && s.depth == 0 && s.size > 0;
    s.finished = true;
    return whole ? s.tape.nodes() : nullptr;
}

bool Builder::empty() const { return state_->size == 0; }

void Builder::clear() { state_->clear(); }

}  // namespace flowrun::value
