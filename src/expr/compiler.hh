#pragma once
// From a checked tree to the ops of a program. What is constant is computed here, once.

#include <vector>

#include "expr/ast.hh"
#include "expr/code.hh"
#include "expr/ops.hh"
#include "expr/problem.hh"

namespace flowrun::expr {

class Compiler {
public:
    // `recording`: keeps every sub-expression as a step of its own that tells the recorder what it gave.
    Compiler(Code& code, bool recording) : code_(code), recording_(recording) {}

    void compile(const Expr& root);
    std::vector<Problem> take_problems() { return std::move(problems_); }

private:
    struct Made {
        const Op* op = nullptr;
        bool constant = false;
    };

    Made expression(const Expr& expr);
    Made make(const Expr& expr);
    Made add(const Expr& expr, OpPtr op, bool constant);
    Made fold(const Expr& expr, const Op* op);
    Made constant(const Expr& expr, Value value);
    Made name(const Expr& expr);
    Made slot(const Expr& expr, bool optional);
    Made select(const Expr& expr);
    bool slot_path(const Expr& expr, std::vector<PathStep>& steps, const Expr*& root) const;
    Made has(const Expr& expr);
    Made index(const Expr& expr);
    Made call(const Expr& expr);
    Made list(const Expr& expr);
    Made map(const Expr& expr);
    Made junction(const Expr& expr);
    Made binary(const Expr& expr);
    Made conditional(const Expr& expr);
    Made loop(const Expr& expr);
    Made bind(const Expr& expr);
    Made opt_map(const Expr& expr);
    void use(Slot slot);
    Value evaluate(const Op& op, Arena& arena) const;
    void check_constant_call(const Expr& expr, const Op* op);
    void check_pattern(const Expr& expr);

    Code& code_;
    bool recording_;
    std::size_t patterns_ = 0;  // literal ones so far
    std::vector<Problem> problems_;
};

}  // namespace flowrun::expr
