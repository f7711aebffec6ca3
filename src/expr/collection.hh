#pragma once
// Lists and maps, whatever they are made of.

#include <cstdint>
#include <string_view>

#include "expr/bytes.hh"
#include "expr/context.hh"
#include "expr/value.hh"

namespace flowrun::expr {

// Walks a list.
class Elements {
public:
    explicit Elements(const Value& list) : left_(list.size) {
        if (list.lazy()) {
            node_ = list.node->first();
        } else {
            item_ = list.items;
        }
    }
    bool next(Value& out) {
        if (left_ == 0) return false;
        --left_;
        if (node_ != nullptr) {
            out = Value::from(*node_);
            node_ = node_->next();
        } else {
            out = *item_++;
        }
        return true;
    }

private:
    const value::Node* node_ = nullptr;
    const Value* item_ = nullptr;
    std::uint32_t left_;
};

// The element at `index`, which must be below the size. Linear in a list from JSON.
Value element(const Value& list, std::uint64_t index);

// The value of a string key; false: not there.
inline bool find_text(const Value& map, std::string_view key, Value& out);
// The value of any key; false: not there. Numbers find a key of equal value.
bool find_key(const Value& map, const Value& key, Value& out);
bool is_key(const Value& key);  // boolean, integer, unsigned_, string

// All entries, each key once. A map from JSON is gone through once and lands in the arena; nullptr: no room.
const Map* entries_of(Context& context, const Value& map);

// Makes a list of at most `capacity` elements in the arena.
class ListMaker {
public:
    ListMaker(Context& context, std::size_t capacity);
    explicit operator bool() const { return items_ != nullptr; }  // false: no room
    void add(const Value& v) { items_[count_++] = v; }
    Value finish() const { return Value::list(items_, count_); }
    Value* begin() { return items_; }
    Value* end() { return items_ + count_; }

private:
    Value* items_ = nullptr;
    std::uint32_t count_ = 0;
};

// Makes a map of at most `capacity` entries in the arena.
class MapMaker {
public:
    MapMaker(Context& context, std::size_t capacity);
    explicit operator bool() const { return map_ != nullptr; }  // false: no room
    // The place of the key's value; `fresh` tells whether it is new. The key must be one (is_key).
    Value* place(const Value& key, bool& fresh);
    // false: the key is there already, and nothing changes.
    bool add(const Value& key, const Value& value) {
        bool fresh = false;
        Value* at = place(key, fresh);
        if (fresh) *at = value;
        return fresh;
    }
    const Map& map() const { return *map_; }
    Value finish() const { return Value::map_of(*map_); }

private:
    Context* context_ = nullptr;
    Map* map_ = nullptr;
    Value* entries_ = nullptr;
    std::uint32_t* index_ = nullptr;
};

const Value* find_in(const Map& map, const Value& key);

inline const value::Node* find_member(const value::Node& map, std::string_view key) {
    const value::Node* at = map.first();
    for (std::uint32_t left = map.count; left != 0; --left) {
        const value::Node* held = at + 1;
        if (at->count == key.size() && same_bytes(at->text, key.data(), key.size())) return held;
        at = held->next();
    }
    return nullptr;
}

inline bool find_text(const Value& map, std::string_view key, Value& out) {
    if (map.lazy()) {
        const value::Node* held = find_member(*map.node, key);
        if (held != nullptr) out = Value::from(*held);
        return held != nullptr;
    }
    const Value* held = find_in(*map.map, Value::string(key));
    if (held != nullptr) out = *held;
    return held != nullptr;
}

}  // namespace flowrun::expr
