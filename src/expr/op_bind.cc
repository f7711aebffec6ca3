// The macros that bind a name to one value.

#include <fmt/format.h>

#include "expr/ops.hh"

namespace flowrun::expr {
namespace {

class Bind final : public Op {
public:
    Bind(std::uint32_t place, const Op* value, const Op* body) : place_(place), value_(value), body_(body) {}
    Value run(Context& context) const override {
        const Value v = value_->run(context);
        if (v.failed()) return v;
        context.locals[place_] = v;
        return body_->run(context);
    }

private:
    std::uint32_t place_;
    const Op* value_;
    const Op* body_;
};

class OptMap final : public Op {
public:
    OptMap(std::uint32_t place, const Op* of, const Op* body, bool flat)
        : place_(place), of_(of), body_(body), flat_(flat) {}
    Value run(Context& context) const override {
        const Value of = of_->run(context);
        if (of.failed()) return of;
        if (!of.is(Kind::optional)) {
            return context.fail(*this, fmt::format("this is called on an optional, not {}", name_of(of.kind)), of);
        }
        if (of.items == nullptr) return of;
        context.locals[place_] = *of.items;
        const Value v = body_->run(context);
        if (v.failed()) return v;
        if (!flat_) return Value::optional(context.arena.make<Value>(v));
        return v.is(Kind::optional) ? v : context.fail(*this, "the expression of optFlatMap() gives no optional", v);
    }

private:
    std::uint32_t place_;
    const Op* of_;
    const Op* body_;
    bool flat_;
};

}  // namespace

OpPtr make_bind(std::uint32_t place, const Op* value, const Op* body) {
    return std::make_unique<Bind>(place, value, body);
}

OpPtr make_opt_map(std::uint32_t place, const Op* of, const Op* body, bool flat) {
    return std::make_unique<OptMap>(place, of, body, flat);
}

}  // namespace flowrun::expr
