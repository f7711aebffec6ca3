// The lists library.

#include <algorithm>

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/function.hh"
#include "expr/order.hh"
#include "expr/sorting.hh"

namespace flowrun::expr {
namespace {

// The elements as an array: a list from JSON is walked once.
const Value* array_of(const Call& c, const Value& list) {
    if (!list.lazy()) return list.items;
    ListMaker maker(c.context, list.size);
    if (!maker || !c.spend(list.size)) return nullptr;
    Elements elements(list);
    for (Value v; elements.next(v);) maker.add(v);
    return maker.begin();
}

Value first(const Call& c) {
    if (c[0].size == 0) return Value::optional(nullptr);
    return Value::optional(c.context.arena.make<Value>(element(c[0], 0)));
}

Value last(const Call& c) {
    if (c[0].size == 0) return Value::optional(nullptr);
    if (c[0].lazy() && !c.spend(c[0].size / 8)) return c.limit();
    return Value::optional(c.context.arena.make<Value>(element(c[0], c[0].size - 1)));
}

Value slice_between(const Call& c, std::int64_t from, std::int64_t to) {
    const std::int64_t size = c[0].size;
    if (from < 0 || to < from || to > size) {
        return c.fail(fmt::format("{} to {} does not lie within the list's {} elements", from, to, size), c[0]);
    }
    const Value* items = array_of(c, c[0]);
    if (items == nullptr && size > 0) return c.limit();
    return Value::list(items + from, static_cast<std::uint32_t>(to - from));
}

Value slice(const Call& c) { return slice_between(c, c[1].i, c[2].i); }
Value slice_from(const Call& c) { return slice_between(c, c[1].i, c[0].size); }

Value sort(const Call& c) {
    const Value* items = array_of(c, c[0]);
    if (items == nullptr && c[0].size > 0) return c.limit();
    return sorted(c.context, c.op, items, items, c[0].size);
}

// Keys are looked up, other values compared with all kept so far.
Value distinct(const Call& c) {
    ListMaker out(c.context, c[0].size), others(c.context, c[0].size);
    MapMaker seen(c.context, c[0].size);
    if (!out || !others || !seen) return c.limit();
    Elements elements(c[0]);
    for (Value v; elements.next(v);) {
        if (!c.spend(1)) return c.limit();
        if (is_key(v)) {
            // 1 and 1.0 are equal, so a double that is kept counts too.
            const bool there = std::any_of(others.begin(), others.end(), [&](const Value& o) {
                return c.spend(1) && o.is(Kind::real) && equal(c.context, o, v);
            });
            if (!there && seen.add(v, Value::null())) out.add(v);
            continue;
        }
        const bool there = find_in(seen.map(), v) != nullptr ||
                           std::any_of(others.begin(), others.end(),
                                       [&](const Value& o) { return c.spend(1) && equal(c.context, o, v); });
        if (c.context.exhausted()) return c.limit();
        if (there) continue;
        others.add(v);
        out.add(v);
    }
    return out.finish();
}

// Lists inside may share their parts, so that the size need not follow from that of the memory they take.
std::size_t flat_size(const Call& c, const Value& list, std::int64_t depth) {
    std::size_t size = 0;
    Elements elements(list);
    for (Value v; c.spend(1) && elements.next(v);)
        size += v.is(Kind::list) && depth > 0 ? flat_size(c, v, depth - 1) : 1;
    return size;
}

void flatten_into(const Value& list, std::int64_t depth, ListMaker& out) {
    Elements elements(list);
    for (Value v; elements.next(v);) {
        if (v.is(Kind::list) && depth > 0) {
            flatten_into(v, depth - 1, out);
        } else {
            out.add(v);
        }
    }
}

Value flatten_to(const Call& c, std::int64_t depth) {
    if (depth < 0) return c.fail("the depth of flatten() is negative", c[1]);
    const std::size_t size = flat_size(c, c[0], depth);
    if (c.context.exhausted()) return c.limit();
    ListMaker maker(c.context, size);
    if (!maker) return c.limit();
    flatten_into(c[0], depth, maker);
    return maker.finish();
}

Value flatten(const Call& c) { return flatten_to(c, 1); }
Value flatten_deep(const Call& c) { return flatten_to(c, c[1].i); }

Value reverse(const Call& c) {
    const Value* items = array_of(c, c[0]);
    ListMaker maker(c.context, c[0].size);
    if ((items == nullptr && c[0].size > 0) || !maker || !c.spend(c[0].size)) return c.limit();
    for (std::uint32_t i = c[0].size; i-- > 0;) maker.add(items[i]);
    return maker.finish();
}

Value range(const Call& c) {
    if (c[0].i < 0) return c.fail("the size of a range is negative", c[0]);
    const auto count = static_cast<std::uint64_t>(c[0].i);
    if (!c.spend(count)) return c.limit();
    ListMaker maker(c.context, count);
    if (!maker) return c.limit();
    for (std::uint64_t i = 0; i < count; ++i) maker.add(Value::integer(static_cast<std::int64_t>(i)));
    return maker.finish();
}

constexpr Function functions[] = {
    {"list(A):first() -> optional(A)", first},     {"list(A):last() -> optional(A)", last},
    {"list(A):slice(int, int) -> list(A)", slice}, {"list(A):slice(int) -> list(A)", slice_from},
    {"list(A):sort() -> list(A)", sort},           {"list(A):distinct() -> list(A)", distinct},
    {"list(A):flatten() -> list", flatten},        {"list(A):flatten(int) -> list", flatten_deep},
    {"list(A):reverse() -> list(A)", reverse},     {"lists.range(int) -> list(int)", range},
};

}  // namespace

std::span<const Function> list_functions() { return functions; }

}  // namespace flowrun::expr
