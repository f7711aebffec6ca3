// The compiler's part for what binds names, and for mistakes in constant arguments.

#include "expr/compiler.hh"
#include "expr/regex.hh"

namespace flowrun::expr {

Compiler::Made Compiler::loop(const Expr& expr) {
    LoopParts parts;
    parts.loop = expr.loop;
    parts.pairs = !expr.second.empty();
    parts.place = expr.place;
    parts.range = expression(*expr.parts[0]).op;
    const std::size_t before = code_.ops.size();
    const Op* last = expression(*expr.parts.back()).op;
    if (expr.loop == Loop::filter) {
        parts.filter = last;
    } else {
        parts.body = last;
        if (expr.parts.size() == 3) parts.filter = expression(*expr.parts[1]).op;
    }
    parts.weight = code_.ops.size() - before + 1;
    return add(expr, make_loop(parts), false);
}

Compiler::Made Compiler::bind(const Expr& expr) {
    const Made value = expression(*expr.parts[0]);
    const Made body = expression(*expr.parts[1]);
    return add(expr, make_bind(expr.place, value.op, body.op), false);
}

Compiler::Made Compiler::opt_map(const Expr& expr) {
    const Made of = expression(*expr.parts[0]);
    const Made body = expression(*expr.parts[1]);
    return add(expr, make_opt_map(expr.place, of.op, body.op, expr.optional), false);
}

// What is wrong with constants is known now: duration('10sec') need not wait for its first message.
void Compiler::check_constant_call(const Expr& expr, const Op* op) {
    bool checked = false;
    for (const Overload& overload : expr.overloads)
        checked = checked || (overload.function->flags & Function::checked) != 0;
    if (!checked) return;
    Arena arena;
    const Value v = evaluate(*op, arena);
    if (!v.failed() || v.failure->offset != expr.mark) return;
    const Expr& argument = *expr.parts.back();
    problems_.push_back({argument.offset, argument.length, std::string(v.failure->message), {}});
}

void Compiler::check_pattern(const Expr& expr) {
    if (expr.overloads.empty() || (expr.overloads[0].function->flags & Function::pattern) == 0) return;
    const Expr& pattern = *expr.parts[1];
    if (pattern.form != Form::literal) return;
    constexpr std::size_t most_patterns = 256;
    if (++patterns_ == most_patterns + 1) {
        problems_.push_back({pattern.offset, pattern.length,
                             "the expression has more than " + std::to_string(most_patterns) + " patterns",
                             "split it"});
    }
    if (patterns_ > most_patterns) return;
    std::string wrong = pattern_problem(pattern.name);
    if (wrong.empty()) return;
    problems_.push_back({pattern.offset, pattern.length, std::move(wrong),
                         "patterns are written as in RE2; a raw string r'…' keeps backslashes"});
}

}  // namespace flowrun::expr
