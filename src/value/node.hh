#pragma once
// A Node is one value inside a document: a run of Nodes in one array. A list or map is followed by its members, a
// map's as key, value, key, value…; `span` leads over a Node with all below it. Nodes point into text (the JSON that
// was read, or a pool of copied strings), so they are valid only while their document is.
//
// A plugin's `const flowrun_value *` is a `const Node *`.

#include <cstdint>
#include <optional>
#include <string_view>

#include "value/kind.hh"

namespace flowrun::value {

struct Node {
    enum Flag : std::uint8_t {
        binary = 1,  // a number whose value is in i, u or d; else its text is in `text`, `text_size` long
        owned = 2,   // the root of a document with a reference count (value.hh)
        lines = 4,   // a list or map whose JSON text holds a line break between tokens: write() makes it anew
        inside = 8,  // a list or map with JSON text, and every byte that it or its members need lies within that text
        plain = 16,  // a string without quote, backslash or control character: as JSON it is written as it is
    };

    Kind kind = Kind::null;
    std::uint8_t flags = 0;
    std::uint16_t height = 0;     // list, map: levels of lists and maps, itself counted: 1 for a flat one; else 0
    std::uint32_t count = 0;      // list: elements; map: entries; string, bytes: size in bytes
    std::uint32_t span = 1;       // Nodes from this one to the next sibling
    std::uint32_t text_size = 0;  // list, map, number: size of the JSON text at `text`; 0: has none
    union {
        const char* text = nullptr;  // string, bytes: the (unescaped) bytes; list, map, number: JSON text or nullptr
        bool b;
        std::int64_t i;
        std::uint64_t u;
        double d;
    };

    bool is(Kind k) const { return kind == k; }
    bool is_number() const { return kind >= Kind::integer && kind <= Kind::number; }
    const Node* next() const { return this + span; }
    const Node* first() const { return this + 1; }  // of a list: an element; of a map: a key; none when count is 0

    // The bytes of a string or bytes Node.
    std::string_view bytes_view() const { return {text, count}; }
    // The JSON text as it was read; empty when there is none (then json.hh's write makes it). A list's or map's may
    // hold line breaks (Flag::lines): who needs one line uses write().
    std::string_view json_text() const;

    // Exact reads; nothing when the kind does not fit (see flowrun/value.h).
    std::optional<bool> as_bool() const;
    std::optional<std::int64_t> as_int() const;
    std::optional<std::uint64_t> as_uint() const;
    std::optional<double> as_double() const;
    std::optional<std::string_view> as_string() const;  // string only

    // A map's value by key: the first of that name; nullptr when absent or not a map.
    const Node* member(std::string_view name) const;
    // A list's element; nullptr when absent or not a list. Linear.
    const Node* at(std::uint64_t index) const;
};
static_assert(sizeof(Node) == 24);

// Iterate a list:  for (const Node& n : elements(list))
// Iterate a map:   for (auto [key, value] : entries(map))   both const Node&; duplicates are all visited
struct Elements {
    struct Iterator {
        const Node* at;
        std::uint32_t left;
        const Node& operator*() const { return *at; }
        Iterator& operator++() {
            at = at->next();
            --left;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return left != other.left; }
    };
    const Node* list;
    Iterator begin() const { return {list->first(), list->is(Kind::list) ? list->count : 0}; }
    static Iterator end() { return {nullptr, 0}; }
};
struct Entry {
    const Node& key;
    const Node& value;
};
struct Entries {
    struct Iterator {
        const Node* at;
        std::uint32_t left;
        Entry operator*() const { return {*at, *at->next()}; }
        Iterator& operator++() {
            at = at->next()->next();
            --left;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return left != other.left; }
    };
    const Node* map;
    Iterator begin() const { return {map->first(), map->is(Kind::map) ? map->count : 0}; }
    static Iterator end() { return {nullptr, 0}; }
};
inline Elements elements(const Node& list) { return {&list}; }
inline Entries entries(const Node& map) { return {&map}; }

}  // namespace flowrun::value
