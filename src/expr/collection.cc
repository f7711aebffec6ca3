#include "expr/collection.hh"

#include <bit>
#include <cmath>
#include <limits>

#include "expr/keyed_hash.hh"

namespace flowrun::expr {
namespace {

constexpr std::uint32_t small = 8;  // entries up to which looking through them beats hashing

// A double that is a whole number is the int or uint of that value; anything else that is no key stays what it is.
Value normal(const Value& key) {
    if (key.is(Kind::unsigned_) && key.u <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return Value::integer(static_cast<std::int64_t>(key.u));
    }
    if (!key.is(Kind::real) || std::trunc(key.d) != key.d) return key;
    if (key.d >= -0x1p63 && key.d < 0x1p63) return Value::integer(static_cast<std::int64_t>(key.d));
    if (key.d >= 0 && key.d < 0x1p64) return Value::unsigned_(static_cast<std::uint64_t>(key.d));
    return key;
}

bool same_key(const Value& a, const Value& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::boolean: return a.b == b.b;
        case Kind::string: return a.view() == b.view();
        default: return a.u == b.u;
    }
}

std::uint32_t hash(const Value& key) {
    const char* bytes = reinterpret_cast<const char*>(&key.u);
    const std::string_view data = key.is(Kind::string) ? key.view() : std::string_view(bytes, sizeof key.u);
    return static_cast<std::uint32_t>(keyed_hash(data));
}

// The number of the entry with this (normal) key, or that of the slot where it would go.
struct Found {
    std::uint32_t entry;
    std::uint32_t slot;
};
constexpr std::uint32_t none = 0xFFFFFFFF;

Found search(const Map& map, const Value& key) {
    if (map.mask == 0) {
        for (std::uint32_t i = 0; i < map.count; ++i) {
            if (same_key(normal(map.entries[2 * i]), key)) return {i, 0};
        }
        return {none, 0};
    }
    for (std::uint32_t slot = hash(key) & map.mask;; slot = (slot + 1) & map.mask) {
        const std::uint32_t entry = map.index[slot];
        if (entry == 0) return {none, slot};
        if (same_key(normal(map.entries[2 * (entry - 1)]), key)) return {entry - 1, slot};
    }
}

}  // namespace

bool is_key(const Value& key) {
    return key.is(Kind::boolean) || key.is(Kind::integer) || key.is(Kind::unsigned_) || key.is(Kind::string);
}

Value element(const Value& list, std::uint64_t index) {
    if (!list.lazy()) return list.items[index];
    const value::Node* at = list.node->first();
    while (index-- != 0) at = at->next();
    return Value::from(*at);
}

const Value* find_in(const Map& map, const Value& key) {
    const Value wanted = normal(key);
    if (!is_key(wanted)) return nullptr;
    const Found found = search(map, wanted);
    return found.entry == none ? nullptr : &map.entries[2 * found.entry + 1];
}

bool find_key(const Value& map, const Value& key, Value& out) {
    if (key.is(Kind::string)) return find_text(map, key.view(), out);
    if (map.lazy()) return false;
    const Value* held = find_in(*map.map, key);
    if (held != nullptr) out = *held;
    return held != nullptr;
}

const Map* entries_of(Context& context, const Value& map) {
    if (!map.lazy()) return map.map;
    MapMaker maker(context, map.size);
    if (!maker) return nullptr;
    for (const auto [key, held] : value::entries(*map.node)) maker.add(Value::from(key), Value::from(held));
    return &maker.map();
}

ListMaker::ListMaker(Context& context, std::size_t capacity) {
    if (capacity > UINT32_MAX || !context.room(capacity * sizeof(Value))) return;
    items_ = static_cast<Value*>(context.arena.allocate(capacity * sizeof(Value)));
}

MapMaker::MapMaker(Context& context, std::size_t capacity) {
    const std::size_t slots = capacity > small ? std::bit_ceil(capacity * 2) : 0;
    if (capacity > UINT32_MAX / 4 || !context.room(capacity * 2 * sizeof(Value) + slots * 4 + sizeof(Map))) return;
    context_ = &context;
    entries_ = static_cast<Value*>(context.arena.allocate(capacity * 2 * sizeof(Value)));
    map_ = context.arena.make<Map>();
    map_->entries = entries_;
    if (slots == 0) return;
    index_ = context.arena.array<std::uint32_t>(slots);
    map_->index = index_;
    map_->mask = static_cast<std::uint32_t>(slots - 1);
}

Value* MapMaker::place(const Value& key, bool& fresh) {
    context_->spend_on(key);
    const Found found = search(*map_, normal(key));
    fresh = found.entry == none;
    if (!fresh) return &entries_[2 * found.entry + 1];
    entries_[2 * map_->count] = key;
    if (index_ != nullptr) index_[found.slot] = map_->count + 1;
    return &entries_[2 * map_->count++ + 1];
}

}  // namespace flowrun::expr
