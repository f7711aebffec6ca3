// Optional values.

#include "expr/collection.hh"
#include "expr/function.hh"

namespace flowrun::expr {
namespace {

Value of(const Call& c) { return Value::optional(c.context.arena.make<Value>(c[0])); }
Value none(const Call&) { return Value::optional(nullptr); }

// What a type has before anything is put into it.
bool zero(const Value& v) {
    switch (v.kind) {
        case Kind::null: return true;
        case Kind::boolean: return !v.b;
        case Kind::integer:
        case Kind::unsigned_:
        case Kind::duration: return v.u == 0;
        case Kind::real: return v.d == 0;
        case Kind::string:
        case Kind::bytes:
        case Kind::list:
        case Kind::map:
        case Kind::secret: return v.size == 0;
        case Kind::timestamp: return v.i == 0 && v.size == 0;
        case Kind::optional: return v.items == nullptr;
        default: return false;
    }
}

Value of_non_zero(const Call& c) { return zero(c[0]) ? none(c) : of(c); }
Value has_value(const Call& c) { return Value::boolean(c[0].items != nullptr); }
Value value_of(const Call& c) { return c[0].items == nullptr ? c.fail("the optional is empty") : *c[0].items; }
Value or_other(const Call& c) { return c[0].items == nullptr ? c[1] : c[0]; }
Value or_value(const Call& c) { return c[0].items == nullptr ? c[1] : *c[0].items; }

Value unwrap(const Call& c) {
    ListMaker maker(c.context, c[0].size);
    if (!maker || !c.spend(c[0].size)) return c.limit();
    Elements elements(c[0]);
    for (Value v; elements.next(v);) {
        if (!v.is(Kind::optional)) return c.fail("the list holds what is no optional", v);
        if (v.items != nullptr) maker.add(*v.items);
    }
    return maker.finish();
}

constexpr Function functions[] = {
    {"optional.of(A) -> optional(A)", of},
    {"optional.none() -> optional", none},
    {"optional.ofNonZeroValue(A) -> optional(A)", of_non_zero},
    {"optional.unwrap(list(optional(A))) -> list(A)", unwrap},
    {"optional(A):hasValue() -> bool", has_value},
    {"optional(A):value() -> A", value_of},
    {"optional(A):or(optional(A)) -> optional(A)", or_other},
    {"optional(A):orValue(A) -> A", or_value},
    {"list(optional(A)):unwrapOpt() -> list(A)", unwrap},
};

}  // namespace

std::span<const Function> optional_functions() { return functions; }

}  // namespace flowrun::expr
