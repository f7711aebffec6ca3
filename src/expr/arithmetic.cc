#include "expr/arithmetic.hh"

#include <limits>

#include <fmt/format.h>

#include "expr/collection.hh"

namespace flowrun::expr {
namespace {

constexpr std::int64_t billion = 1'000'000'000;

// Whether the two make a double together: both numbers, and not both int or both uint. int with uint does not.
bool doubles(const Value& a, const Value& b, double& x, double& y) {
    if (!a.is_number() || !b.is_number() || (!a.is(Kind::real) && !b.is(Kind::real))) return false;
    const auto read = [](const Value& v) {
        if (v.is(Kind::integer)) return static_cast<double>(v.i);
        return v.is(Kind::unsigned_) ? static_cast<double>(v.u) : v.d;
    };
    x = read(a);
    y = read(b);
    return true;
}

bool both(const Value& a, const Value& b, Kind kind) { return a.kind == kind && b.kind == kind; }

Value overflow(Context& context, const Op& op, const char* type, const Value& a) {
    return context.fail(op, fmt::format("the result is beyond the range of {}", type), a);
}

Value fail_both(Context& context, const Op& op, std::string_view message, const Value& a, const Value& b) {
    const Value culprits[] = {a, b};
    return context.fail(op, message, culprits);
}

Value overflow(Context& context, const Op& op, const char* type, const Value& a, const Value& b) {
    return fail_both(context, op, fmt::format("the result is beyond the range of {}", type), a, b);
}

Value no_overload(Context& context, const Op& op, Operator sign, const Value& a, const Value& b) {
    const Value both[] = {a, b};
    const std::string name = fmt::format("'{}'", sign_of(sign));
    if ((a.is(Kind::integer) && b.is(Kind::unsigned_)) || (a.is(Kind::unsigned_) && b.is(Kind::integer))) {
        return context.fail(
            op, fmt::format("{} does not mix int and uint; convert one with int(...) or uint(...)", name), both);
    }
    return context.fail_no_overload(op, name, both, 2);
}

// seconds + nanoseconds, where the latter may be any size.
Value moment_plus(Context& context, const Op& op, const Value& moment, std::int64_t nanoseconds) {
    std::int64_t seconds = moment.i + nanoseconds / billion;
    std::int64_t rest = static_cast<std::int64_t>(moment.size) + nanoseconds % billion;
    seconds += rest < 0 ? -1 : rest / billion;
    rest = rest < 0 ? rest + billion : rest % billion;
    if (!moment_in_range(seconds)) return overflow(context, op, "timestamp (years 1 to 9999)", moment);
    return Value::timestamp(seconds, static_cast<std::uint32_t>(rest));
}

Value moment_minus(Context& context, const Op& op, const Value& a, const Value& b) {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(a.i - b.i, billion, &out) ||
        __builtin_add_overflow(out, static_cast<std::int64_t>(a.size) - static_cast<std::int64_t>(b.size), &out)) {
        return overflow(context, op, "duration (292 years)", a, b);
    }
    return Value::duration(out);
}

Value join(Context& context, const Op& op, const Value& a, const Value& b, Kind kind) {
    const std::size_t size = std::size_t{a.size} + b.size;
    if (size > std::numeric_limits<std::uint32_t>::max() || !context.room(size)) return context.fail_limit(op);
    char* out = static_cast<char*>(context.arena.allocate(size));
    if (a.size != 0) std::memcpy(out, a.text, a.size);
    if (b.size != 0) std::memcpy(out + a.size, b.text, b.size);
    Value joined = Value::string({out, size});
    joined.kind = kind;
    return joined;
}

Value join_lists(Context& context, const Op& op, const Value& a, const Value& b) {
    const std::size_t size = std::size_t{a.size} + b.size;
    ListMaker maker(context, size);
    if (!maker || !context.spend(size)) return context.fail_limit(op);
    for (const Value* list : {&a, &b}) {
        Elements elements(*list);
        for (Value v; elements.next(v);) maker.add(v);
    }
    return maker.finish();
}

bool textual(const Value& v) { return v.is(Kind::string) || v.is(Kind::secret); }

Value add_others(Context& context, const Op& op, const Value& a, const Value& b) {
    if (both(a, b, Kind::bytes)) return join(context, op, a, b, Kind::bytes);
    if (textual(a) && textual(b)) return join(context, op, a, b, Kind::secret);
    if (both(a, b, Kind::list)) return join_lists(context, op, a, b);
    if (a.is(Kind::timestamp) && b.is(Kind::duration)) return moment_plus(context, op, a, b.i);
    if (a.is(Kind::duration) && b.is(Kind::timestamp)) return moment_plus(context, op, b, a.i);
    std::int64_t out = 0;
    if (!both(a, b, Kind::duration)) return no_overload(context, op, Operator::add, a, b);
    if (__builtin_add_overflow(a.i, b.i, &out)) return overflow(context, op, "duration (292 years)", a, b);
    return Value::duration(out);
}

Value subtract_others(Context& context, const Op& op, const Value& a, const Value& b) {
    if (both(a, b, Kind::timestamp)) return moment_minus(context, op, a, b);
    std::int64_t out = 0;
    if (a.is(Kind::timestamp) && b.is(Kind::duration)) {
        // The least duration has no opposite.
        if (__builtin_sub_overflow(std::int64_t{0}, b.i, &out)) return overflow(context, op, "duration", a, b);
        return moment_plus(context, op, a, out);
    }
    if (!both(a, b, Kind::duration)) return no_overload(context, op, Operator::subtract, a, b);
    if (__builtin_sub_overflow(a.i, b.i, &out)) return overflow(context, op, "duration (292 years)", a, b);
    return Value::duration(out);
}

}  // namespace

Value add(Context& context, const Op& op, const Value& a, const Value& b) {
    double x = 0, y = 0;
    if (both(a, b, Kind::integer)) {
        std::int64_t out = 0;
        return __builtin_add_overflow(a.i, b.i, &out) ? overflow(context, op, "int", a, b) : Value::integer(out);
    }
    if (both(a, b, Kind::unsigned_)) {
        std::uint64_t out = 0;
        return __builtin_add_overflow(a.u, b.u, &out) ? overflow(context, op, "uint", a, b) : Value::unsigned_(out);
    }
    if (doubles(a, b, x, y)) return Value::real(x + y);
    if (both(a, b, Kind::string)) return join(context, op, a, b, Kind::string);
    return add_others(context, op, a, b);
}

Value subtract(Context& context, const Op& op, const Value& a, const Value& b) {
    double x = 0, y = 0;
    if (both(a, b, Kind::integer)) {
        std::int64_t out = 0;
        return __builtin_sub_overflow(a.i, b.i, &out) ? overflow(context, op, "int", a, b) : Value::integer(out);
    }
    if (both(a, b, Kind::unsigned_)) {
        std::uint64_t out = 0;
        return __builtin_sub_overflow(a.u, b.u, &out) ? overflow(context, op, "uint", a, b) : Value::unsigned_(out);
    }
    if (doubles(a, b, x, y)) return Value::real(x - y);
    return subtract_others(context, op, a, b);
}

Value multiply(Context& context, const Op& op, const Value& a, const Value& b) {
    double x = 0, y = 0;
    if (both(a, b, Kind::integer)) {
        std::int64_t out = 0;
        return __builtin_mul_overflow(a.i, b.i, &out) ? overflow(context, op, "int", a, b) : Value::integer(out);
    }
    if (both(a, b, Kind::unsigned_)) {
        std::uint64_t out = 0;
        return __builtin_mul_overflow(a.u, b.u, &out) ? overflow(context, op, "uint", a, b) : Value::unsigned_(out);
    }
    return doubles(a, b, x, y) ? Value::real(x * y) : no_overload(context, op, Operator::multiply, a, b);
}

Value divide(Context& context, const Op& op, const Value& a, const Value& b) {
    double x = 0, y = 0;
    if (both(a, b, Kind::integer)) {
        if (b.i == 0) return fail_both(context, op, "division by zero", a, b);
        if (b.i == -1 && a.i == std::numeric_limits<std::int64_t>::min()) return overflow(context, op, "int", a, b);
        return Value::integer(a.i / b.i);
    }
    if (both(a, b, Kind::unsigned_)) {
        return b.u == 0 ? fail_both(context, op, "division by zero", a, b) : Value::unsigned_(a.u / b.u);
    }
    return doubles(a, b, x, y) ? Value::real(x / y) : no_overload(context, op, Operator::divide, a, b);
}

Value modulo(Context& context, const Op& op, const Value& a, const Value& b) {
    if (both(a, b, Kind::integer)) {
        if (b.i == 0) return fail_both(context, op, "modulus by zero", a, b);
        if (b.i == -1) {
            // The least int has no quotient by -1.
            if (a.i == std::numeric_limits<std::int64_t>::min()) return overflow(context, op, "int", a, b);
            return Value::integer(0);
        }
        return Value::integer(a.i % b.i);
    }
    if (both(a, b, Kind::unsigned_)) {
        return b.u == 0 ? fail_both(context, op, "modulus by zero", a, b) : Value::unsigned_(a.u % b.u);
    }
    return no_overload(context, op, Operator::modulo, a, b);
}

Value negate(Context& context, const Op& op, const Value& a) {
    std::int64_t out = 0;
    if (a.is(Kind::real)) return Value::real(-a.d);
    if (!a.is(Kind::integer)) return context.fail_no_overload(op, "'-'", &a, 1);
    return __builtin_sub_overflow(std::int64_t{0}, a.i, &out) ? overflow(context, op, "int", a) : Value::integer(out);
}

}  // namespace flowrun::expr
