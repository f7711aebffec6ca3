#include "value/builder.hh"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "value/copy.hh"
#include "value/tape.hh"

namespace flowrun::value {

// While a value is being built `text` of a Node is an offset into the bytes, which may move; finish() makes pointers.
struct Builder::State {
    Tape tape;
    std::size_t size = 0;  // Nodes so far
    std::string bytes;
    std::vector<std::uint32_t> open;  // places of the lists and maps that are not ended, outermost first
    bool key_given = false;           // in a map: its value comes next
    bool broken = false;              // the calls made no sense: finish() says so
    bool finished = false;            // the next call begins anew
    Reader reader;

    void begin();
    void clear();
    Node* add(Kind kind);
    Node* put(Kind kind);
    void add_text(Kind kind, std::string_view data);
    void put_text(Kind kind, std::string_view data);
    Node* room(std::uint32_t count);
    void begin_container(Kind kind);
    void count_member(std::uint16_t height);
    void copy_scalar(const Node& v);
};

inline void Builder::State::clear() {
    size = 0;
    bytes.clear();
    open.clear();
    key_given = broken = finished = false;
}

inline void Builder::State::begin() {
    if (finished) clear();
}

// A whole value of this height has been put in: counts it in the list or map that it belongs to, and sees that it may
// stand here.
inline void Builder::State::count_member(std::uint16_t height) {
    if (open.empty()) {
        if (size > 0) broken = true;  // a second root
        return;
    }
    Node& parent = tape.nodes()[open.back()];
    if (parent.is(Kind::map) && !std::exchange(key_given, false)) broken = true;
    if (open.size() + height > max_depth) broken = true;
    ++parent.count;
    if (parent.height <= height) parent.height = static_cast<std::uint16_t>(height + 1);
}

inline Node* Builder::State::room(std::uint32_t count) {
    tape.reserve(size + count);
    Node* node = tape.nodes() + size;
    size += count;
    return node;
}

inline Node* Builder::State::put(Kind kind) {
    Node* node = room(1);
    *node = Node{};
    node->kind = kind;
    return node;
}

inline Node* Builder::State::add(Kind kind) {
    begin();
    count_member(0);
    return put(kind);
}

inline void Builder::State::put_text(Kind kind, std::string_view data) {
    Node* node = put(kind);
    if (data.size() > max_text) {
        broken = true;
        data = {};
    }
    node->count = static_cast<std::uint32_t>(data.size());
    node->u = bytes.size();
    bytes += data;
}

inline void Builder::State::add_text(Kind kind, std::string_view data) {
    begin();
    count_member(0);
    put_text(kind, data);
}

void Builder::State::begin_container(Kind kind) {
    begin();
    if (open.size() == max_depth) broken = true;
    if (broken) return;
    count_member(0);
    open.push_back(static_cast<std::uint32_t>(size));
    put(kind)->height = 1;
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

bool Builder::key(std::string_view utf8) {
    State& s = *state_;
    s.begin();
    if (!valid_utf8(utf8)) return false;
    if (s.open.empty() || !s.tape.nodes()[s.open.back()].is(Kind::map) || s.key_given) {
        s.broken = true;
        return true;
    }
    s.put_text(Kind::string, utf8);
    s.key_given = true;
    return true;
}

void Builder::end() {
    State& s = *state_;
    s.begin();
    if (s.open.empty() || s.key_given) s.broken = true;
    if (s.broken) return;
    Node* const nodes = s.tape.nodes();
    Node& node = nodes[s.open.back()];
    node.span = static_cast<std::uint32_t>(s.size - s.open.back());
    s.open.pop_back();
    if (s.open.empty()) return;
    Node& parent = nodes[s.open.back()];
    if (parent.height <= node.height) parent.height = static_cast<std::uint16_t>(node.height + 1);
}

// A scalar, which needs none of the care that parts of a whole need.
void Builder::State::copy_scalar(const Node& v) {
    count_member(0);
    Node* const copy = room(1);
    *copy = v;
    copy->flags = static_cast<std::uint8_t>(v.flags & ~Node::owned);
    if (v.kind < Kind::integer || (v.flags & Node::binary) != 0) return;
    copy->u = bytes.size();
    bytes.append(v.text, v.is(Kind::string) || v.is(Kind::bytes) ? v.count : v.text_size);
}

void Builder::value(const Node& v) {
    State& s = *state_;
    s.begin();
    if (!v.is(Kind::list) && !v.is(Kind::map)) return s.copy_scalar(v);
    s.count_member(v.height);
    Node* const copy = s.room(v.span);
    const std::size_t before = s.bytes.size();
    s.bytes.resize(before + text_bytes(v));
    copy_nodes(v, copy, s.bytes.data() + before);
    for (Node* n = copy; n != copy + v.span; ++n) {
        if (n->kind >= Kind::integer && (n->flags & Node::binary) == 0) {
            n->u = static_cast<std::uint64_t>(n->text - s.bytes.data());
        }
    }
}

std::expected<void, JsonError> Builder::json(std::string_view text) {
    const auto read = state_->reader.read(text);
    if (!read) return std::unexpected(read.error());
    value(**read);
    return {};
}

const Node* Builder::finish() {
    State& s = *state_;
    const bool whole = !s.finished && !s.broken && s.open.empty() && s.size > 0;
    if (!s.finished && whole) {
        for (Node* n = s.tape.nodes(); n != s.tape.nodes() + s.size; ++n) {
            if (n->kind >= Kind::integer && (n->flags & Node::binary) == 0) n->text = s.bytes.data() + n->u;
        }
    }
    s.finished = true;
    return whole ? s.tape.nodes() : nullptr;
}

void Builder::clear() { state_->clear(); }

}  // namespace flowrun::value
