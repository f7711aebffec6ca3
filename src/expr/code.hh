#pragma once
// What an expression was compiled to: what the compiler makes and a Program runs.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/arena.hh"
#include "expr/failure.hh"
#include "expr/frame.hh"
#include "expr/op.hh"
#include "expr/truth.hh"
#include "expr/type.hh"
#include "expr/value.hh"

namespace flowrun::expr {

class Recorder;

struct Code {
    std::string text;
    Type type;
    Arena constants;
    std::vector<OpPtr> ops;
    const Op* root = nullptr;
    std::uint32_t locals = 0;
    bool wants_bool = false;   // any other result is a failure
    std::vector<Slot> slots;   // sorted
    Slot path_slot = no_slot;  // no_slot: the expression is no plain path
    std::vector<std::string> path;
    bool impure = false;

    // As Program's; `recorder` may be null.
    std::expected<Value, Failure> evaluate(const Frame& frame, Arena& arena, Recorder* recorder) const;
    Truth truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const;
    const value::Node* find(const Frame& frame) const;

private:
    Failure not_bool(Context& context, const Value& v) const;
};

}  // namespace flowrun::expr
