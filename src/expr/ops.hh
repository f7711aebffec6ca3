#pragma once
// Makes the steps of a program, one function a kind. Children are borrowed: the program owns all of its ops.

#include <cstdint>
#include <string>
#include <vector>

#include "expr/ast.hh"
#include "expr/context.hh"
#include "expr/function.hh"
#include "expr/op.hh"

namespace flowrun::expr {

struct PathStep {
    std::string name;
    std::uint32_t mark = 0;
    std::uint32_t mark_length = 0;
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
};

// op_access.cc
OpPtr make_constant(Value value);
OpPtr make_failing(std::string message);
OpPtr make_local(std::uint32_t place);
OpPtr make_slot(Slot slot, std::string shown);
OpPtr make_optional_slot(Slot slot);
OpPtr make_slot_present(Slot slot);
OpPtr make_record(const Scope::Record& record);
OpPtr make_slot_path(Slot slot, std::string shown, std::vector<PathStep> steps);
OpPtr make_member(const Op* of, std::string name, bool optional);
OpPtr make_has(const Op* of, std::string name);
OpPtr make_index(const Op* of, const Op* at, bool optional);

// op_logic.cc
OpPtr make_and(std::vector<const Op*> parts);
OpPtr make_or(std::vector<const Op*> parts);
OpPtr make_not(const Op* of);
OpPtr make_conditional(const Op* condition, const Op* yes, const Op* no);

// op_binary.cc
OpPtr make_binary(Operator op, const Op* left, const Op* right);
OpPtr make_negate(const Op* of);
// A relation with a constant on its right side; nullptr: there is no quicker way than make_binary.
OpPtr make_compare_constant(Operator op, const Op* left, const Value& right);

// op_make.cc
struct Part {
    const Op* key = nullptr;  // of a map's entry
    const Op* value = nullptr;
    bool optional = false;
};
OpPtr make_list(std::vector<Part> parts);
OpPtr make_map(std::vector<Part> parts);

// op_call.cc
OpPtr make_call(std::string name, std::vector<Overload> overloads, std::vector<const Op*> arguments);

// op_loop.cc
struct LoopParts {
    Loop loop = Loop::all;
    bool pairs = false;       // two variables
    std::uint32_t place = 0;  // of the first
    const Op* range = nullptr;
    const Op* filter = nullptr;
    const Op* body = nullptr;
    std::uint64_t weight = 1;  // steps that a turn costs
};
OpPtr make_loop(const LoopParts& parts);

// op_bind.cc
OpPtr make_bind(std::uint32_t place, const Op* value, const Op* body);
OpPtr make_opt_map(std::uint32_t place, const Op* of, const Op* body, bool flat);

}  // namespace flowrun::expr
