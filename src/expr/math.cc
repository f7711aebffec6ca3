// The math library.

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/function.hh"
#include "expr/order.hh"

namespace flowrun::expr {
namespace {

// The first of the values that none beats. A NaN beats nothing and is beaten by nothing.
template <Order Wanted>
Value best(const Call& c, const Value* values, std::size_t count) {
    if (count == 0) return c.fail("there are no values to choose from");
    Value out = values[0];
    for (std::size_t i = 0; i < count; ++i) {
        if (!values[i].is_number()) return c.context.fail_no_overload(c.op, "this", &values[i], 1);
        if (compare_numbers(values[i], out) == Wanted) out = values[i];
    }
    return out;
}

template <Order Wanted>
Value best_argument(const Call& c) {
    return best<Wanted>(c, c.arguments, c.count);
}

template <Order Wanted>
Value best_element(const Call& c) {
    ListMaker maker(c.context, c[0].size);
    if (!maker || !c.spend(c[0].size)) return c.limit();
    Elements elements(c[0]);
    for (Value v; elements.next(v);) maker.add(v);
    return best<Wanted>(c, maker.begin(), c[0].size);
}

Value ceil_of(const Call& c) { return Value::real(std::ceil(c[0].d)); }
Value floor_of(const Call& c) { return Value::real(std::floor(c[0].d)); }
Value round_of(const Call& c) { return Value::real(std::round(c[0].d)); }
Value trunc_of(const Call& c) { return Value::real(std::trunc(c[0].d)); }
Value is_nan(const Call& c) { return Value::boolean(std::isnan(c[0].d)); }
Value is_inf(const Call& c) { return Value::boolean(std::isinf(c[0].d)); }
Value is_finite(const Call& c) { return Value::boolean(std::isfinite(c[0].d)); }

Value absolute(const Call& c) {
    if (c[0].is(Kind::unsigned_)) return c[0];
    if (c[0].is(Kind::real)) return Value::real(std::fabs(c[0].d));
    if (c[0].i == std::numeric_limits<std::int64_t>::min())
        return c.fail("the result is beyond the range of int", c[0]);
    return Value::integer(c[0].i < 0 ? -c[0].i : c[0].i);
}

Value sign(const Call& c) {
    if (c[0].is(Kind::unsigned_)) return Value::unsigned_(c[0].u > 0 ? 1 : 0);
    if (c[0].is(Kind::integer)) return Value::integer(c[0].i > 0 ? 1 : c[0].i < 0 ? -1 : 0);
    return Value::real(c[0].d > 0 ? 1 : c[0].d < 0 ? -1 : c[0].d);
}

Value square_root(const Call& c) {
    if (c[0].is(Kind::real)) return Value::real(std::sqrt(c[0].d));
    return Value::real(std::sqrt(c[0].is(Kind::integer) ? static_cast<double>(c[0].i) : static_cast<double>(c[0].u)));
}

Value with_bits(const Value& like, std::uint64_t bits) {
    Value out = like;
    out.u = bits;
    return out;
}

Value bit_and(const Call& c) { return with_bits(c[0], c[0].u & c[1].u); }
Value bit_or(const Call& c) { return with_bits(c[0], c[0].u | c[1].u); }
Value bit_xor(const Call& c) { return with_bits(c[0], c[0].u ^ c[1].u); }
Value bit_not(const Call& c) { return with_bits(c[0], ~c[0].u); }

// Bits are shifted out, zeros in; the sign is a bit like any other.
template <bool Left>
Value shift(const Call& c) {
    if (c[1].i < 0) return c.fail("the number of bits to shift is negative", c[1]);
    if (c[1].i > 63) return with_bits(c[0], 0);
    return with_bits(c[0], Left ? c[0].u << c[1].i : c[0].u >> c[1].i);
}

constexpr Function functions[] = {
    {"math.greatest(list(number)) -> number", best_element<Order::greater>},
    {"math.greatest(number...) -> number", best_argument<Order::greater>},
    {"math.least(list(number)) -> number", best_element<Order::less>},
    {"math.least(number...) -> number", best_argument<Order::less>},
    {"math.ceil(double) -> double", ceil_of},
    {"math.floor(double) -> double", floor_of},
    {"math.round(double) -> double", round_of},
    {"math.trunc(double) -> double", trunc_of},
    {"math.abs(number) -> number", absolute},
    {"math.sign(number) -> number", sign},
    {"math.sqrt(number) -> double", square_root},
    {"math.isNaN(double) -> bool", is_nan},
    {"math.isInf(double) -> bool", is_inf},
    {"math.isFinite(double) -> bool", is_finite},
    {"math.bitAnd(int, int) -> int", bit_and},
    {"math.bitAnd(uint, uint) -> uint", bit_and},
    {"math.bitOr(int, int) -> int", bit_or},
    {"math.bitOr(uint, uint) -> uint", bit_or},
    {"math.bitXor(int, int) -> int", bit_xor},
    {"math.bitXor(uint, uint) -> uint", bit_xor},
    {"math.bitNot(int) -> int", bit_not},
    {"math.bitNot(uint) -> uint", bit_not},
    {"math.bitShiftLeft(int, int) -> int", shift<true>},
    {"math.bitShiftLeft(uint, int) -> uint", shift<true>},
    {"math.bitShiftRight(int, int) -> int", shift<false>},
    {"math.bitShiftRight(uint, int) -> uint", shift<false>},
};

}  // namespace

std::span<const Function> math_functions() { return functions; }

}  // namespace flowrun::expr
