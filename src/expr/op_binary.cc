// Steps for the operators of two operands, and for '-'.

#include <fmt/format.h>

#include "expr/arithmetic.hh"
#include "expr/collection.hh"
#include "expr/ops.hh"
#include "expr/order.hh"

namespace flowrun::expr {
namespace {

Value no_order(Context& context, const Op& op, Operator sign, Order order, const Value& a, const Value& b) {
    if (order == Order::secret) return context.fail(op, "a secret is compared as reveal(...)");
    const std::string name = fmt::format("'{}'", sign_of(sign));
    const Value both[] = {a, b};
    return context.fail_no_overload(op, name, both, 2);
}

// Equality is defined for everything but secrets, and numbers that cannot be read.
Value equality(Context& context, const Op& op, Operator sign, const Value& a, const Value& b) {
    if (a.is(Kind::secret) || b.is(Kind::secret)) return context.fail(op, "a secret is compared as reveal(...)");
    if ((a.is(Kind::number) && b.is_number()) || (b.is(Kind::number) && a.is_number())) {
        return no_order(context, op, sign, Order::number, a, b);
    }
    const bool same = equal(context, a, b);
    if (context.exhausted()) return context.fail_limit(op);
    return Value::boolean(same == (sign == Operator::equal));
}

Value relation(Context& context, const Op& op, Operator sign, const Value& a, const Value& b) {
    if (!context.spend_on(a)) return context.fail_limit(op);
    const Order order = compare(a, b);
    if (order >= Order::foreign) return no_order(context, op, sign, order, a, b);
    switch (sign) {
        case Operator::less: return Value::boolean(order == Order::less);
        case Operator::less_equal: return Value::boolean(order == Order::less || order == Order::equal);
        case Operator::greater: return Value::boolean(order == Order::greater);
        default: return Value::boolean(order == Order::greater || order == Order::equal);
    }
}

Value membership(Context& context, const Op& op, const Value& a, const Value& b) {
    Value out;
    if (b.is(Kind::map) && (!context.spend_on(a) || !context.spend_on(b))) return context.fail_limit(op);
    if (b.is(Kind::map)) return Value::boolean(find_key(b, a, out));
    if (!b.is(Kind::list))
        return context.fail(op, fmt::format("'in' needs a list or a map, not {}", name_of(b.kind)), b);
    if (a.is(Kind::secret)) return context.fail(op, "a secret is compared as reveal(...)");
    bool found = false;
    if (!context.spend(b.size / 8)) return context.fail_limit(op);
    Elements elements(b);
    for (Value v; !found && elements.next(v);) found = equal(context, a, v);
    return context.exhausted() ? context.fail_limit(op) : Value::boolean(found);
}

template <Operator Sign>
class Binary final : public Op {
public:
    Binary(const Op* left, const Op* right) : left_(left), right_(right) {}
    Value run(Context& context) const override {
        const Value a = left_->run(context);
        if (a.failed()) return a;
        const Value b = right_->run(context);
        if (b.failed()) return b;
        switch (Sign) {
            case Operator::add: return add(context, *this, a, b);
            case Operator::subtract: return subtract(context, *this, a, b);
            case Operator::multiply: return multiply(context, *this, a, b);
            case Operator::divide: return divide(context, *this, a, b);
            case Operator::modulo: return modulo(context, *this, a, b);
            case Operator::equal:
            case Operator::not_equal: return equality(context, *this, Sign, a, b);
            case Operator::in: return membership(context, *this, a, b);
            default: return relation(context, *this, Sign, a, b);
        }
    }

private:
    const Op* left_;
    const Op* right_;
};

class Negate final : public Op {
public:
    explicit Negate(const Op* of) : of_(of) {}
    Value run(Context& context) const override {
        const Value v = of_->run(context);
        return v.failed() ? v : negate(context, *this, v);
    }

private:
    const Op* of_;
};

template <Operator Sign, class T>
bool holds(const T& a, const T& b) {
    switch (Sign) {
        case Operator::less: return a < b;
        case Operator::less_equal: return a <= b;
        case Operator::greater: return a > b;
        case Operator::greater_equal: return a >= b;
        case Operator::equal: return a == b;
        default: return a != b;
    }
}

template <Operator Sign>
constexpr bool is_equality = Sign == Operator::equal || Sign == Operator::not_equal;

template <Operator Sign>
Value slow(Context& context, const Op& op, const Value& a, const Value& b) {
    if (a.failed()) return a;
    return is_equality<Sign> ? equality(context, op, Sign, a, b) : relation(context, op, Sign, a, b);
}

// `… == 'text'`
template <Operator Sign>
class CompareText final : public Op {
public:
    CompareText(const Op* left, const Value& right) : left_(left), right_(right) {}
    Value run(Context& context) const override {
        const Value a = left_->run(context);
        if (!a.is(Kind::string) || right_.size > quick) return slow<Sign>(context, *this, a, right_);
        if constexpr (is_equality<Sign>) {
            const bool same = a.size == right_.size && same_bytes(a.text, right_.text, a.size);
            return Value::boolean(same == (Sign == Operator::equal));
        }
        return Value::boolean(holds<Sign>(a.view(), right_.view()));
    }

private:
    static constexpr std::uint32_t quick = 1024;  // bytes that need no counting
    const Op* left_;
    Value right_;
};

// `… > 100`
template <Operator Sign>
class CompareNumber final : public Op {
public:
    CompareNumber(const Op* left, const Value& right) : left_(left), right_(right) {
        as_double_ = right.is(Kind::integer) ? static_cast<double>(right.i) : right.d;
    }
    Value run(Context& context) const override {
        const Value a = left_->run(context);
        if (a.is(Kind::integer) && right_.is(Kind::integer)) return Value::boolean(holds<Sign>(a.i, right_.i));
        if (a.is(Kind::real)) return Value::boolean(holds<Sign>(a.d, as_double_));
        return slow<Sign>(context, *this, a, right_);
    }

private:
    const Op* left_;
    Value right_;
    double as_double_;
};

template <template <Operator> class Made, class... Args>
OpPtr make_relation(Operator op, const Args&... args) {
    switch (op) {
        case Operator::less: return std::make_unique<Made<Operator::less>>(args...);
        case Operator::less_equal: return std::make_unique<Made<Operator::less_equal>>(args...);
        case Operator::greater: return std::make_unique<Made<Operator::greater>>(args...);
        case Operator::greater_equal: return std::make_unique<Made<Operator::greater_equal>>(args...);
        case Operator::equal: return std::make_unique<Made<Operator::equal>>(args...);
        case Operator::not_equal: return std::make_unique<Made<Operator::not_equal>>(args...);
        default: return nullptr;
    }
}

}  // namespace

OpPtr make_binary(Operator op, const Op* left, const Op* right) {
    switch (op) {
        case Operator::add: return std::make_unique<Binary<Operator::add>>(left, right);
        case Operator::subtract: return std::make_unique<Binary<Operator::subtract>>(left, right);
        case Operator::multiply: return std::make_unique<Binary<Operator::multiply>>(left, right);
        case Operator::divide: return std::make_unique<Binary<Operator::divide>>(left, right);
        case Operator::modulo: return std::make_unique<Binary<Operator::modulo>>(left, right);
        case Operator::in: return std::make_unique<Binary<Operator::in>>(left, right);
        default: return make_relation<Binary>(op, left, right);
    }
}

OpPtr make_negate(const Op* of) { return std::make_unique<Negate>(of); }

OpPtr make_compare_constant(Operator op, const Op* left, const Value& right) {
    if (right.is(Kind::string)) return make_relation<CompareText>(op, left, right);
    if (right.is(Kind::integer) || right.is(Kind::real)) return make_relation<CompareNumber>(op, left, right);
    return nullptr;
}

}  // namespace flowrun::expr
