// sum, min, max and avg of a list.

#include <fmt/format.h>

#include "expr/arithmetic.hh"
#include "expr/collection.hh"
#include "expr/function.hh"
#include "expr/order.hh"

namespace flowrun::expr {
namespace {

// Numbers or durations, by the rules of '+'; the sum of nothing is 0.
Value sum(const Call& c) {
    if (!c.spend(c[0].size)) return c.limit();
    Value total = Value::integer(0);
    Elements elements(c[0]);
    bool first = true;
    for (Value v; elements.next(v); first = false) {
        if (!v.is_number() && !v.is(Kind::duration)) return c.context.fail_no_overload(c.op, "sum()", &v, 1);
        total = first ? v : add(c.context, c.op, total, v);
        if (total.failed()) return total;
    }
    return total;
}

template <Order Wanted>
Value best(const Call& c) {
    if (!c.spend(c[0].size)) return c.limit();
    if (c[0].size == 0) return c.fail("an empty list has no least or greatest element; ask size() first");
    Elements elements(c[0]);
    Value out;
    bool first = true;
    for (Value v; elements.next(v); first = false) {
        const Order order = compare(v, first ? v : out);
        if (order >= Order::foreign) {
            return c.fail(fmt::format("{} and {} cannot be compared", name_of(v.kind), name_of((first ? v : out).kind)),
                          v);
        }
        if (order == Order::unordered) return c.fail("NaN has no order", v);
        if (first || order == Wanted) out = v;
    }
    return out;
}

Value average(const Call& c) {
    if (!c.spend(c[0].size)) return c.limit();
    if (c[0].size == 0) return c.fail("an empty list has no average; ask size() first");
    double total = 0;
    Elements elements(c[0]);
    for (Value v; elements.next(v);) {
        if (!v.is_number()) return c.context.fail_no_overload(c.op, "avg()", &v, 1);
        total += v.is(Kind::real) ? v.d : v.is(Kind::integer) ? static_cast<double>(v.i) : static_cast<double>(v.u);
    }
    return Value::real(total / c[0].size);
}

constexpr Function functions[] = {
    {"list(A):sum() -> A", sum},
    {"sum(list(A)) -> A", sum},
    {"list(A):min() -> A", best<Order::less>},
    {"min(list(A)) -> A", best<Order::less>},
    {"list(A):max() -> A", best<Order::greater>},
    {"max(list(A)) -> A", best<Order::greater>},
    {"list(A):avg() -> double", average},
    {"avg(list(A)) -> double", average},
};

}  // namespace

std::span<const Function> aggregate_functions() { return functions; }

}  // namespace flowrun::expr
