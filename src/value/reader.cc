#include <cstring>
#include <memory>
#include <utility>

#include "value/json.hh"
#include "value/keys.hh"
#include "value/parse_whole.hh"
#include "value/space.hh"
#include "value/tape.hh"
#include "value/unescape.hh"

namespace flowrun::value {

struct Reader::State {
    Tape tape;
    Pool pool;
    std::unique_ptr<Keys> keys;  // from the second text on
    bool used = false;
    JsonError error;
};

namespace {

// What a huge text has made a reader grow to is given back when the next text is small.
constexpr std::size_t kept = std::size_t{16} << 20;
constexpr std::size_t small = std::size_t{1} << 20;

// The end of the one value that begins at `from`, or nullptr with the error set. The Parse lives and dies in here, so
// that its members can be registers.
template <bool closed>
[[gnu::noinline]] const char* read_value(Tape& tape, Pool& pool, Keys* keys, JsonError& error, const char* text,
                                         const char* from, const char* end) {
    Parse<closed> parse(tape, pool, keys, error, text, from, end);
    if (!parse.run()) return nullptr;
    if (keys != nullptr) keys->end(parse.size());
    return parse.end();
}

}  // namespace

[[gnu::noinline, gnu::cold]] bool refuse(JsonError& error, const char* text, const char* at, const char* message) {
    error = {static_cast<std::size_t>(at - text), message};
    return false;
}

[[gnu::noinline]] bool begins_with(const char* p, const char* end, const KnownKey& key) {
    return end - p >= key.whole && std::memcmp(p, key.text, key.whole) == 0;
}

[[gnu::noinline]] void leave_text(Node* nodes, std::uint32_t open, unsigned depth) {
    for (; depth > 0 && (nodes[open].flags & Node::inside) != 0; --depth) {
        nodes[open].flags = static_cast<std::uint8_t>(nodes[open].flags & ~Node::inside);
        open = nodes[open].span;
    }
}

Reader::Reader() : state_(new State) {}
Reader::~Reader() { delete state_; }
Reader::Reader(Reader&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
Reader& Reader::operator=(Reader&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

std::expected<const Node*, JsonError> Reader::read(std::string_view text) {
    State& s = *state_;
    if (text.size() > max_text) return std::unexpected(JsonError{max_text, "text is longer than 2 GiB"});
    if (text.size() < small) {
        if (s.pool.capacity() > kept) s.pool.forget();
        if (s.tape.capacity() > kept / sizeof(Node)) s.tape.forget();
    }
    s.pool.begin();
    s.tape.reserve(64);

    const char* const begin = text.data();
    const char* end = begin + text.size();
    while (end != begin && is_space(end[-1])) --end;
    if (end == begin) return std::unexpected(JsonError{0, "text is empty: expected a value"});
    const char* const from = is_space(*begin) ? skip_space(begin, end).next : begin;

    if (s.keys) s.keys->begin();
    else if (std::exchange(s.used, true)) s.keys = std::make_unique<Keys>();

    const bool closed = end[-1] == '}' || end[-1] == ']';
    const auto read = closed ? read_value<true> : read_value<false>;
    const char* const done = read(s.tape, s.pool, s.keys.get(), s.error, begin, from, end);
    if (done == nullptr) return std::unexpected(s.error);
    if (done == end) return s.tape.nodes();
    const auto offset = static_cast<std::size_t>(skip_space(done, end).next - begin);
    return std::unexpected(JsonError{offset, "more text after the value"});
}

std::expected<Value, JsonError> parse(std::string_view text) {
    Reader reader;
    const auto root = reader.read(text);
    if (!root) return std::unexpected(root.error());
    return Value::copy(**root);
}

}  // namespace flowrun::value
