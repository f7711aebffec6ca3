#pragma once
// An expression, compiled once. Immutable and evaluated from any number of threads at once, each with its own Frame and
// Arena. Evaluation takes no lock and, for an expression that makes no new text, list or map, no memory.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hh"
#include "expr/checking.hh"
#include "expr/failure.hh"
#include "expr/frame.hh"
#include "expr/limits.hh"
#include "expr/problem.hh"
#include "expr/scope.hh"
#include "expr/truth.hh"
#include "expr/type.hh"
#include "expr/value.hh"

namespace flowrun::expr {

struct Code;  // code.hh

class Program {
public:
    // All mistakes, in order of position. `wanted`: the type the place asks for (dyn: any); another is a Problem, and where
    // that is bool and only the evaluation can tell, a Failure.
    static std::expected<Program, std::vector<Problem>> compile(std::string_view text, const Scope& scope,
                                                                const Type& wanted = {},
                                                                Checking checking = Checking::strict);
    Program(Program&&) noexcept;
    Program& operator=(Program&&) noexcept;
    ~Program();

    // `frame` must have been made for the scope (or one of the same layout). The result may point into frame, arena and
    // this program.
    std::expected<Value, Failure> evaluate(const Frame& frame, Arena& arena) const;

    // Of a condition, in less time: whether it gives true or false. `other`: neither, or it fails; then `result` is what
    // evaluate() gives.
    Truth truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const;

    // Of a plain path such as msg.customer.id: what stands there in the JSON, to be passed on as it was read; nullptr:
    // evaluate() knows.
    const value::Node* find(const Frame& frame) const;

    const Type& type() const;
    const std::string& text() const;
    bool uses(Slot slot) const;
    const std::vector<Slot>& slots() const;  // that the program uses, in order
    // Neither variables nor now(), uuid(): every evaluation gives the same value.
    bool constant() const;

private:
    explicit Program(std::unique_ptr<Code> code);
    std::unique_ptr<Code> code_;
};

}  // namespace flowrun::expr
