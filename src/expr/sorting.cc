#include "expr/sorting.hh"

#include <algorithm>
#include <bit>
#include <numeric>

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/order.hh"

namespace flowrun::expr {
namespace {

// Keys that have no order among them would make the sort undefined, so they are looked at before.
Value disorder(Context& context, const Op& op, const Value* keys, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        // Each is compared about as often as a halving takes.
        for (unsigned times = std::bit_width(count); times-- > 0;) context.spend_on(keys[i]);
        if (context.exhausted()) return context.fail_limit(op);
        const Order order = compare(keys[0], keys[i]);
        if (order == Order::unordered || (keys[i].is(Kind::real) && keys[i].d != keys[i].d)) {
            return context.fail(op, "NaN cannot be sorted", keys[i]);
        }
        if (order < Order::foreign) continue;
        return context.fail(
            op, fmt::format("{} and {} cannot be sorted together", name_of(keys[0].kind), name_of(keys[i].kind)),
            keys[i]);
    }
    return {};
}

}  // namespace

Value sorted(Context& context, const Op& op, const Value* items, const Value* keys, std::uint32_t count) {
    const Value wrong = disorder(context, op, keys, count);
    if (wrong.failed()) return wrong;
    ListMaker maker(context, count);
    if (!maker || !context.room(count * sizeof(std::uint32_t)) ||
        !context.spend(count * (std::bit_width(count) + 1ull))) {
        return context.fail_limit(op);
    }
    auto* order = context.arena.array<std::uint32_t>(count);
    std::iota(order, order + count, 0u);
    // Arbitrary but total where ints and doubles are too close to tell apart: the place decides.
    std::sort(order, order + count, [&](std::uint32_t a, std::uint32_t b) {
        const Order c = compare(keys[a], keys[b]);
        return c == Order::less || (c != Order::greater && a < b);
    });
    for (std::uint32_t i = 0; i < count; ++i) maker.add(items[order[i]]);
    return maker.finish();
}

}  // namespace flowrun::expr
