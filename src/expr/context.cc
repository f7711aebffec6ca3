#include "expr/context.hh"

#include <string>

#include <fmt/format.h>

#include "expr/op.hh"

namespace flowrun::expr {

Value Context::fail(const Op& op, std::string_view message, Value culprit) {
    constexpr std::size_t longest = 1000;
    if (message.size() > longest) {
        std::size_t size = longest;
        while ((static_cast<unsigned char>(message[size]) & 0xC0) == 0x80) --size;
        message = message.substr(0, size);
    }
    // Failures that a loop swallows take memory too. This last one is still made.
    if (!fits(sizeof(Failure) + message.size())) message = "the expression needs more memory than it may have";
    auto* failure = arena.make<Failure>();
    failure->message = arena.copy(message);
    failure->offset = op.mark;
    failure->length = op.mark_length;
    failure->culprit = culprit;
    return Value::error(failure);
}

Value Context::fail_limit(const Op& op) {
    if (memory_out) {
        return fail(op, fmt::format("the expression needs more than {} MiB of memory", frame.limits.memory >> 20));
    }
    steps = 0;
    return fail(op, fmt::format("the expression takes more than {} steps", frame.limits.steps));
}

Value Context::fail_no_overload(const Op& op, std::string_view what, const Value* arguments, std::size_t count) {
    std::string kinds;
    for (std::size_t i = 0; i < count; ++i) {
        if (arguments[i].is(Kind::number)) {
            return fail(op, fmt::format("{}: the number is beyond 64 bits and double", what), arguments[i]);
        }
        if (arguments[i].is(Kind::secret))
            return fail(op, fmt::format("{}: a secret must be given with reveal(...)", what));
        kinds += kinds.empty() ? "" : ", ";
        kinds += name_of(arguments[i].kind);
    }
    return fail(op, fmt::format("{} does not take ({})", what, kinds),
                count == 0 ? Value::absent() : arguments[count - 1]);
}

}  // namespace flowrun::expr
