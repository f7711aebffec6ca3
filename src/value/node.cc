#include "value/node.hh"

#include <charconv>
#include <system_error>

#include "value/number.hh"

namespace flowrun::value {

namespace {

template <class T>
std::optional<T> read(const Node& n) {
    T out{};
    const char* end = n.text + n.text_size;
    const auto [at, error] = std::from_chars(n.text, end, out);
    if (error != std::errc{} || at != end) return std::nullopt;
    return out;
}

// Of so few digits that it fits, as grammar has been seen to: most integers.
std::int64_t read_short(const Node& n) {
    const char* p = n.text;
    const char* const end = p + n.text_size;
    const bool negative = *p == '-';
    std::int64_t out = 0;
    for (p += negative; p != end; ++p) out = out * 10 + (*p - '0');
    return negative ? -out : out;
}

bool is_binary(const Node& n) { return (n.flags & Node::binary) != 0; }

}  // namespace

std::string_view Node::json_text() const {
    if (kind == Kind::string || kind == Kind::bytes || text_size == 0) return {};
    return {text, text_size};
}

std::optional<bool> Node::as_bool() const {
    if (kind != Kind::boolean) return std::nullopt;
    return b;
}

std::optional<std::int64_t> Node::as_int() const {
    if (kind != Kind::integer) return std::nullopt;
    if (is_binary(*this)) return i;
    return text_size <= 18 ? read_short(*this) : read<std::int64_t>(*this);
}

std::optional<std::uint64_t> Node::as_uint() const {
    if (kind == Kind::unsigned_) return is_binary(*this) ? u : read<std::uint64_t>(*this);
    const auto whole = as_int();
    if (!whole || *whole < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*whole);
}

std::optional<double> Node::as_double() const {
    if (kind == Kind::real) return is_binary(*this) ? d : double_of(json_text());
    if (kind == Kind::unsigned_) return static_cast<double>(*as_uint());
    if (kind == Kind::integer) return static_cast<double>(*as_int());
    return std::nullopt;
}

std::optional<std::string_view> Node::as_string() const {
    if (kind != Kind::string) return std::nullopt;
    return bytes_view();
}

const Node* Node::member(std::string_view name) const {
    if (kind != Kind::map) return nullptr;
    const Node* key = first();
    for (std::uint32_t left = count; left > 0; --left) {
        const Node* found = key + 1;
        if (key->bytes_view() == name) return found;
        key = found->next();
    }
    return nullptr;
}

const Node* Node::at(std::uint64_t index) const {
    if (kind != Kind::list || index >= count) return nullptr;
    if (span == count + 1) return this + 1 + index;  // no element has anything below it
    const Node* element = first();
    for (; index > 0; --index) element = element->next();
    return element;
}

}  // namespace flowrun::value
