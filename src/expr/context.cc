#include "expr/context.hh"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "base/secrets.hh"
#include "expr/op.hh"

namespace flowrun::expr {

Value Context::fail(const Op& op, std::string_view message, std::span<const Value> culprits) {
    constexpr std::size_t longest = 300;
    std::string shortened;
    if (message.size() > longest) {
        shortened = message;
        flowrun::Secrets::of_process().mask(shortened);  // before the cut, which may go through one
        if (shortened.size() > longest) {
            std::size_t size = longest;
            while ((static_cast<unsigned char>(shortened[size]) & 0xC0) == 0x80) --size;
            shortened.resize(size);
            shortened += "…";
        }
        message = shortened;
    }
    // Failures that a loop swallows take memory too. This last one is still made.
    if (!fits(sizeof(Failure) + message.size() + culprits.size_bytes())) {
        message = "the expression needs more memory than it may have";
        culprits = {};
    }
    auto* failure = arena.make<Failure>();
    failure->message = arena.copy(message);
    failure->offset = op.mark;
    failure->length = op.mark_length;
    failure->begin = op.begin;
    failure->size = op.size;
    if (culprits.empty()) return Value::error(failure);
    auto* kept = arena.array<Value>(culprits.size());
    std::copy(culprits.begin(), culprits.end(), kept);
    failure->culprits = kept;
    failure->culprit_count = static_cast<std::uint32_t>(culprits.size());
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
    constexpr std::size_t most_shown = 4;
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
    return fail(op, fmt::format("{} does not take ({})", what, kinds), {arguments, std::min(count, most_shown)});
}

}  // namespace flowrun::expr
