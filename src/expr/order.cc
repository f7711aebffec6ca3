#include "expr/order.hh"

#include <compare>
#include <limits>

#include "expr/collection.hh"

namespace flowrun::expr {
namespace {

template <class T>
Order three_way(const T& a, const T& b) {
    if (a < b) return Order::less;
    if (b < a) return Order::greater;
    return a == b ? Order::equal : Order::unordered;
}

double as_double(const Value& v) {
    if (v.is(Kind::integer)) return static_cast<double>(v.i);
    return v.is(Kind::unsigned_) ? static_cast<double>(v.u) : v.d;
}

bool equal_lists(Context& context, const Value& a, const Value& b) {
    if (a.size != b.size || !context.spend(a.size)) return false;
    Elements left(a), right(b);
    for (Value x, y; left.next(x) && right.next(y);) {
        if (!equal(context, x, y)) return false;
    }
    return true;
}

bool equal_maps(Context& context, const Value& a, const Value& b) {
    const Map* left = entries_of(context, a);
    const Map* right = entries_of(context, b);
    if (left == nullptr || right == nullptr || left->count != right->count || !context.spend(left->count)) return false;
    for (std::uint32_t i = 0; i < left->count; ++i) {
        const Value* other = find_in(*right, left->entries[2 * i]);
        if (other == nullptr || !equal(context, left->entries[2 * i + 1], *other)) return false;
    }
    return true;
}

}  // namespace

Order compare_numbers(const Value& a, const Value& b) {
    if (a.kind == b.kind) {
        if (a.is(Kind::integer)) return three_way(a.i, b.i);
        return a.is(Kind::unsigned_) ? three_way(a.u, b.u) : three_way(a.d, b.d);
    }
    if (a.is(Kind::real) || b.is(Kind::real)) return three_way(as_double(a), as_double(b));
    if (a.is(Kind::integer)) return a.i < 0 ? Order::less : three_way(static_cast<std::uint64_t>(a.i), b.u);
    return b.i < 0 ? Order::greater : three_way(a.u, static_cast<std::uint64_t>(b.i));
}

Order compare(const Value& a, const Value& b) {
    if (a.is_number() && b.is_number()) return compare_numbers(a, b);
    if (a.is(Kind::secret) || b.is(Kind::secret)) return Order::secret;
    if (a.is(Kind::number) || b.is(Kind::number)) return Order::number;
    if (a.kind != b.kind) return Order::foreign;
    switch (a.kind) {
        case Kind::boolean: return three_way(a.b, b.b);
        case Kind::string:
        case Kind::bytes: return three_way(a.view(), b.view());
        case Kind::duration: return three_way(a.i, b.i);
        case Kind::timestamp: return a.i == b.i ? three_way(a.size, b.size) : three_way(a.i, b.i);
        default: return Order::foreign;
    }
}

bool equal(Context& context, const Value& a, const Value& b) {
    if (a.is_number() && b.is_number()) return compare_numbers(a, b) == Order::equal;
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::null: return true;
        case Kind::list: return equal_lists(context, a, b);
        case Kind::map: return equal_maps(context, a, b);
        case Kind::type: return a.named == b.named;
        case Kind::optional:
            if (a.items == nullptr || b.items == nullptr) return a.items == b.items;
            return equal(context, *a.items, *b.items);
        case Kind::number: return a.node->json_text() == b.node->json_text();
        case Kind::secret: return false;
        case Kind::string:
        case Kind::bytes: return a.size == b.size && context.spend_on(a) && a.view() == b.view();
        default: return compare(a, b) == Order::equal;
    }
}

}  // namespace flowrun::expr
