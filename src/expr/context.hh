#pragma once
// One evaluation under way: its variables, its memory, what it may still spend.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.hh"
#include "expr/failure.hh"
#include "expr/frame.hh"
#include "expr/value.hh"

namespace flowrun::expr {

class Op;
class Recorder;

struct Context {
    const Frame& frame;
    Arena& arena;
    Value* locals = nullptr;
    std::uint64_t steps = 0;       // left
    std::size_t memory_end = 0;    // arena.used() may not pass this
    bool memory_out = false;       // it would have
    Recorder* recorder = nullptr;  // explain.hh: who wants to see every result

    // A failure at the operator, member or function of `op`. The message and the culprits are copied.
    Value fail(const Op& op, std::string_view message, std::span<const Value> culprits);
    Value fail(const Op& op, std::string_view message) { return fail(op, message, std::span<const Value>()); }
    Value fail(const Op& op, std::string_view message, const Value& culprit) {
        return fail(op, message, {&culprit, 1});
    }
    Value fail_limit(const Op& op);
    Value fail_no_overload(const Op& op, std::string_view what, const Value* arguments, std::size_t count);

    bool spend(std::uint64_t count) {
        if (count > steps) {
            steps = 0;
            return false;
        }
        steps -= count;
        return true;
    }
    // Whether that many bytes fit, for text that grows elsewhere before it lands in the arena.
    bool fits(std::size_t bytes) {
        if (bytes < memory_end && arena.used() <= memory_end - bytes) return true;
        memory_out = true;
        steps = 0;
        return false;
    }
    // Whether that many bytes may still be taken; what is taken counts as work too.
    bool room(std::size_t bytes) { return fits(bytes) && spend(bytes / 64); }
    // Reading text or looking through a map from JSON costs by size; nothing where that is small.
    bool spend_on(const Value& v) {
        const bool text = v.is(Kind::string) || v.is(Kind::bytes);
        return (!text && !v.lazy()) || spend(v.size >> (text ? 6 : 5));
    }
    bool exhausted() const { return steps == 0; }
};

}  // namespace flowrun::expr
