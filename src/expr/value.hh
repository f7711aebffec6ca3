#pragma once
// The result of an expression, and what its variables hold: 16 bytes, copied freely, never freed. It borrows what it
// points at: text, a value::Node, or an Arena; whoever holds one sees to it that these stand.

#include <cassert>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "value/node.hh"

namespace flowrun::expr {

enum class Kind : std::uint8_t {
    error,   // evaluation failed; seen only inside the evaluator
    absent,  // of a member of a record (scope.hh): it has no value; has() is false, reading it is an error
    null,
    boolean,
    integer,
    unsigned_,
    real,
    number,  // JSON number beyond 64 bits and double: passes through, reading it is an error
    string,
    bytes,
    list,
    map,
    timestamp,
    duration,
    type,
    optional,
    secret,  // text that prints as ***; reveal() makes a string of it
};

// The name that `type(x)` prints: "int", "google.protobuf.Timestamp", "optional_type" and so on.
std::string_view name_of(Kind kind);

struct Failure;
struct Map;

struct Value {
    enum Flag : std::uint8_t { in_node = 1 };  // list or map: payload is `node`; else `items` or `map`

    Kind kind = Kind::null;
    std::uint8_t flags = 0;
    std::uint16_t unused = 0;
    std::uint32_t size = 0;  // string, bytes, secret: bytes; list: elements; map: entries; timestamp: nanoseconds
    union {
        std::int64_t i = 0;  // integer; timestamp: seconds since 1970; duration: nanoseconds
        std::uint64_t u;
        double d;
        bool b;
        Kind named;               // type
        const char* text;         // string, bytes, secret
        const value::Node* node;  // list or map in a node; number
        const Value* items;       // list; optional: the value, nullptr for none
        const Map* map;
        const Failure* failure;
    };

    static Value null() { return {}; }
    static Value absent() { return plain(Kind::absent); }
    static Value boolean(bool v) {
        Value out = plain(Kind::boolean);
        out.i = 0;
        out.b = v;
        return out;
    }
    static Value integer(std::int64_t v) {
        Value out = plain(Kind::integer);
        out.i = v;
        return out;
    }
    static Value unsigned_(std::uint64_t v) {
        Value out = plain(Kind::unsigned_);
        out.u = v;
        return out;
    }
    static Value real(double v) {
        Value out = plain(Kind::real);
        out.d = v;
        return out;
    }
    // The text must be UTF-8, below 4 GiB, and outlive the value; so for bytes and secret.
    static Value string(std::string_view v) { return text_of(Kind::string, v); }
    static Value bytes(std::string_view v) { return text_of(Kind::bytes, v); }
    static Value secret(std::string_view v) { return text_of(Kind::secret, v); }
    static Value timestamp(std::int64_t seconds, std::uint32_t nanoseconds) {
        Value out = integer(seconds);
        out.kind = Kind::timestamp;
        out.size = nanoseconds;
        return out;
    }
    // From nanoseconds since 1970, as World::wall() gives them.
    static Value moment(std::int64_t nanoseconds);
    static Value duration(std::int64_t nanoseconds) {
        Value out = integer(nanoseconds);
        out.kind = Kind::duration;
        return out;
    }
    static Value type(Kind named) {
        Value out = plain(Kind::type);
        out.i = 0;
        out.named = named;
        return out;
    }
    static Value list(const Value* items, std::uint32_t count) {
        Value out = plain(Kind::list);
        out.size = count;
        out.items = items;
        return out;
    }
    static Value map_of(const Map& map);
    static Value optional(const Value* held) {
        Value out = plain(Kind::optional);
        out.items = held;
        return out;
    }
    static Value error(const Failure* failure) {
        Value out = plain(Kind::error);
        out.failure = failure;
        return out;
    }
    // Borrows the node. Lists and maps stay where they are and are read when asked for.
    static Value from(const value::Node& node);

    bool is(Kind k) const { return kind == k; }
    bool failed() const { return kind == Kind::error; }
    bool true_() const { return kind == Kind::boolean && b; }
    bool is_number() const { return kind >= Kind::integer && kind <= Kind::real; }
    bool lazy() const { return (flags & in_node) != 0; }
    // Of string, bytes, secret.
    std::string_view view() const { return {text, size}; }

private:
    static Value plain(Kind k) {
        Value out;
        out.kind = k;
        return out;
    }
    static Value text_of(Kind k, std::string_view v) {
        assert(v.size() <= UINT32_MAX);
        Value out = plain(k);
        out.size = static_cast<std::uint32_t>(v.size());
        out.text = v.data();
        return out;
    }
    static Value from_number(const value::Node& node);
};
static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

// A map made by an expression: `count` entries as key, value, key, value…, in the order they were written. Keys are
// boolean, integer, unsigned_ or string, and no two are equal. `index` is an open hash of entry numbers + 1.
struct Map {
    const Value* entries = nullptr;
    std::uint32_t count = 0;
    std::uint32_t mask = 0;  // slots of `index` - 1; 0: no index
    const std::uint32_t* index = nullptr;
};

inline Value Value::map_of(const Map& map) {
    Value out = plain(Kind::map);
    out.size = map.count;
    out.map = &map;
    return out;
}

inline Value Value::from(const value::Node& node) {
    switch (node.kind) {
        case value::Kind::null: return null();
        case value::Kind::boolean: return boolean(node.b);
        case value::Kind::string: return string(node.bytes_view());
        case value::Kind::bytes: return bytes(node.bytes_view());
        case value::Kind::list:
        case value::Kind::map: {
            Value out = plain(node.kind == value::Kind::list ? Kind::list : Kind::map);
            out.flags = in_node;
            out.size = node.count;
            out.node = &node;
            return out;
        }
        case value::Kind::integer:
            if (node.flags & value::Node::binary) return integer(node.i);
            break;
        case value::Kind::real:
            if (node.flags & value::Node::binary) return real(node.d);
            break;
        default: break;
    }
    return from_number(node);
}

}  // namespace flowrun::expr
