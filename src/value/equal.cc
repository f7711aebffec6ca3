#include <algorithm>
#include <vector>

#include "value/equal_numbers.hh"
#include "value/value.hh"

namespace flowrun::value {

namespace {

constexpr std::uint32_t few = 16;  // entries up to which a map is looked through one by one

// A map's entries in order of their keys, the first of each name only.
std::vector<const Node*> keys_in_order(const Node& map) {
    std::vector<const Node*> keys;
    keys.reserve(map.count);
    for (const auto [key, unused] : entries(map)) keys.push_back(&key);
    const auto less = [](const Node* a, const Node* b) {
        const auto order = a->bytes_view().compare(b->bytes_view());
        return order != 0 ? order < 0 : a < b;
    };
    const auto same = [](const Node* a, const Node* b) { return a->bytes_view() == b->bytes_view(); };
    std::sort(keys.begin(), keys.end(), less);
    keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
    return keys;
}

bool equal_sorted_maps(const Node& a, const Node& b) {
    const auto left = keys_in_order(a);
    const auto right = keys_in_order(b);
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const Node* x, const Node* y) {
        return x->bytes_view() == y->bytes_view() && equal(x[1], y[1]);
    });
}

// Whether every entry of `a` that is the first of its name has its equal in `b`.
bool within(const Node& a, const Node& b) {
    for (const auto [key, value] : entries(a)) {
        const std::string_view name = key.bytes_view();
        if (a.member(name) != &value) continue;
        const Node* other = b.member(name);
        if (other == nullptr || !equal(value, *other)) return false;
    }
    return true;
}

bool has_all_keys(const Node& a, const Node& of) {
    for (const auto [key, unused] : entries(of)) {
        if (a.member(key.bytes_view()) == nullptr) return false;
    }
    return true;
}

bool equal_maps(const Node& a, const Node& b) {
    if (a.count > few || b.count > few) return equal_sorted_maps(a, b);
    return within(a, b) && has_all_keys(a, b);
}

bool equal_lists(const Node& a, const Node& b) {
    if (a.count != b.count) return false;
    const Node* other = b.first();
    for (const Node& n : elements(a)) {
        if (!equal(n, *other)) return false;
        other = other->next();
    }
    return true;
}

}  // namespace

bool equal(const Node& a, const Node& b) {
    if (a.is_number() && b.is_number()) return equal_numbers(a, b);
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::boolean: return a.b == b.b;
        case Kind::string:
        case Kind::bytes: return a.bytes_view() == b.bytes_view();
        case Kind::list: return equal_lists(a, b);
        case Kind::map: return equal_maps(a, b);
        default: return true;  // null
    }
}

}  // namespace flowrun::value
