#pragma once
// Steps that tell what they gave, and who listens.

#include <unordered_map>

#include "expr/ast.hh"
#include "expr/op.hh"
#include "expr/step.hh"

namespace flowrun::expr {

class Recorder {
public:
    void listen(const Expr& expr, Step& step) { steps_[&expr] = &step; }
    void saw(const Expr& expr, const Value& v);

private:
    std::unordered_map<const Expr*, Step*> steps_;
};

// The expression must outlive the op.
OpPtr make_recording(const Op* of, const Expr* expr);

}  // namespace flowrun::expr
