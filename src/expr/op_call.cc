// The step that calls a function: all arguments, then the overload that takes their kinds.

#include <array>

#include <fmt/format.h>

#include "expr/ops.hh"

namespace flowrun::expr {
namespace {

class CallFunction final : public Op {
public:
    CallFunction(std::string name, std::vector<Overload> overloads, std::vector<const Op*> arguments)
        : name_(std::move(name)), overloads_(std::move(overloads)), arguments_(std::move(arguments)) {}

    Value run(Context& context) const override {
        std::array<Value, 4> few;
        Value* values = few.data();
        if (arguments_.size() > few.size()) {
            if (!context.room(arguments_.size() * sizeof(Value))) return context.fail_limit(*this);
            values = context.arena.array<Value>(arguments_.size());
        }
        for (std::size_t i = 0; i < arguments_.size(); ++i) {
            values[i] = arguments_[i]->run(context);
            if (values[i].failed()) return values[i];
            if (!context.spend_on(values[i])) return context.fail_limit(*this);
        }
        const auto count = static_cast<std::uint32_t>(arguments_.size());
        for (const Overload& overload : overloads_) {
            if (overload.takes(values, count)) return overload.function->run({context, *this, values, count});
        }
        return context.fail_no_overload(*this, name_ + "()", values, count);
    }

private:
    std::string name_;
    std::vector<Overload> overloads_;
    std::vector<const Op*> arguments_;
};

}  // namespace

Value Call::fail(std::string_view message) const { return context.fail(op, message); }
Value Call::fail(std::string_view message, const Value& culprit) const { return context.fail(op, message, culprit); }

Value Call::string(std::string_view text) const {
    if (text.size() > UINT32_MAX || !context.room(text.size())) return limit();
    return Value::string(context.arena.copy(text));
}

Value Call::bytes(std::string_view data) const {
    Value out = string(data);
    if (!out.failed()) out.kind = Kind::bytes;
    return out;
}

bool Call::spend(std::uint64_t steps) const { return context.spend(steps); }

Value Call::limit() const { return context.fail_limit(op); }

OpPtr make_call(std::string name, std::vector<Overload> overloads, std::vector<const Op*> arguments) {
    return std::make_unique<CallFunction>(std::move(name), std::move(overloads), std::move(arguments));
}

}  // namespace flowrun::expr
