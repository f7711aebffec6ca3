// Steps that decide. A false among the operands of && makes it false whatever else fails, likewise a true for ||.

#include <fmt/format.h>

#include "expr/ops.hh"

namespace flowrun::expr {
namespace {

Value not_bool(Context& context, const Op& op, const char* who, const Value& v) {
    if (v.failed()) return v;
    return context.fail(op, fmt::format("{} needs a bool, not {}", who, name_of(v.kind)), v);
}

// `Decides`: the operand that settles it.
template <bool Decides>
class Junction final : public Op {
public:
    explicit Junction(std::vector<const Op*> parts) : parts_(std::move(parts)) {}
    Value run(Context& context) const override {
        Value failure;
        for (const Op* part : parts_) {
            const Value v = part->run(context);
            if (v.is(Kind::boolean)) {
                if (v.b == Decides) return v;
            } else if (!failure.failed()) {
                failure = not_bool(context, *this, Decides ? "'||'" : "'&&'", v);
            }
        }
        return failure.failed() ? failure : Value::boolean(!Decides);
    }

private:
    std::vector<const Op*> parts_;
};

class Not final : public Op {
public:
    explicit Not(const Op* of) : of_(of) {}
    Value run(Context& context) const override {
        const Value v = of_->run(context);
        return v.is(Kind::boolean) ? Value::boolean(!v.b) : not_bool(context, *this, "'!'", v);
    }

private:
    const Op* of_;
};

class Conditional final : public Op {
public:
    Conditional(const Op* condition, const Op* yes, const Op* no) : condition_(condition), yes_(yes), no_(no) {}
    Value run(Context& context) const override {
        const Value v = condition_->run(context);
        if (!v.is(Kind::boolean)) return not_bool(context, *this, "the condition of '? :'", v);
        return (v.b ? yes_ : no_)->run(context);
    }

private:
    const Op* condition_;
    const Op* yes_;
    const Op* no_;
};

}  // namespace

OpPtr make_and(std::vector<const Op*> parts) { return std::make_unique<Junction<false>>(std::move(parts)); }
OpPtr make_or(std::vector<const Op*> parts) { return std::make_unique<Junction<true>>(std::move(parts)); }
OpPtr make_not(const Op* of) { return std::make_unique<Not>(of); }
OpPtr make_conditional(const Op* condition, const Op* yes, const Op* no) {
    return std::make_unique<Conditional>(condition, yes, no);
}

}  // namespace flowrun::expr
