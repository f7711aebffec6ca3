#pragma once
// What a Program is made of; for the compiler and the explainer.

#include <string>
#include <vector>

#include "expr/op.hh"
#include "expr/program.hh"

namespace flowrun::expr {

struct Program::State {
    std::string text;
    Type type;
    Arena constants;
    std::vector<OpPtr> ops;
    const Op* root = nullptr;
    std::uint32_t locals = 0;
    bool wants_bool = false;   // any other result is a failure
    std::vector<Slot> slots;   // sorted
    Slot path_slot = no_slot;  // no_slot: the program is no plain path
    std::vector<std::string> path;
    bool impure = false;

    const value::Node* find(const Frame& frame) const;
    std::expected<Value, Failure> evaluate(const Frame& frame, Arena& arena, Recorder* recorder) const;
    Failure not_bool(Context& context, const Value& v) const;
};

}  // namespace flowrun::expr
