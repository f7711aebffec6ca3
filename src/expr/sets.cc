// The sets library: lists read as sets.

#include "expr/collection.hh"
#include "expr/function.hh"
#include "expr/order.hh"

namespace flowrun::expr {
namespace {

bool holds(const Call& c, const Value& list, const Value& wanted) {
    if (!c.spend(list.size / 4)) return false;
    Elements elements(list);
    for (Value v; elements.next(v);) {
        if (equal(c.context, v, wanted)) return true;
    }
    return false;
}

// Whether every element of `part` is in `whole`.
bool covers(const Call& c, const Value& whole, const Value& part) {
    Elements elements(part);
    for (Value v; elements.next(v);) {
        if (!c.spend(1) || !holds(c, whole, v)) return false;
    }
    return true;
}

Value answer(const Call& c, bool v) { return c.context.exhausted() ? c.limit() : Value::boolean(v); }

Value contains(const Call& c) { return answer(c, covers(c, c[0], c[1])); }
Value equivalent(const Call& c) { return answer(c, covers(c, c[0], c[1]) && covers(c, c[1], c[0])); }

Value intersects(const Call& c) {
    Elements elements(c[1]);
    bool found = false;
    for (Value v; !found && c.spend(1) && elements.next(v);) found = holds(c, c[0], v);
    return answer(c, found);
}

constexpr Function functions[] = {
    {"sets.contains(list(A), list(B)) -> bool", contains},
    {"sets.equivalent(list(A), list(B)) -> bool", equivalent},
    {"sets.intersects(list(A), list(B)) -> bool", intersects},
};

}  // namespace

std::span<const Function> set_functions() { return functions; }

}  // namespace flowrun::expr
