#include "expr/compiler.hh"

#include <algorithm>

#include "expr/recorder.hh"

namespace flowrun::expr {
namespace {

// A constant must cost little, whatever the expression says.
constexpr Limits folding{.steps = 10'000, .memory = 64u << 10};

void place(Op& op, const Expr& expr) {
    op.mark = expr.mark;
    op.mark_length = expr.mark_length;
    op.begin = expr.offset;
    op.size = expr.length;
}

}  // namespace

void Compiler::compile(const Expr& root) {
    code_.root = expression(root).op;
    std::vector<PathStep> steps;
    const Expr* first = nullptr;
    if (!slot_path(root, steps, first)) return;
    code_.path_slot = first->place;
    for (PathStep& step : steps) code_.path.push_back(std::move(step.name));
}

Compiler::Made Compiler::expression(const Expr& expr) {
    if (!expr.fault.empty()) return add(expr, make_failing(expr.fault), false);
    Made made = make(expr);
    if (recording_) {
        Made recorded = add(expr, make_recording(made.op, &expr), false);
        return recorded;
    }
    return made;
}

Compiler::Made Compiler::make(const Expr& expr) {
    switch (expr.form) {
        case Form::literal: return constant(expr, expr.value);
        case Form::name: return name(expr);
        case Form::select: return select(expr);
        case Form::has: return has(expr);
        case Form::index: return index(expr);
        case Form::call: return call(expr);
        case Form::list: return list(expr);
        case Form::map: return map(expr);
        case Form::and_:
        case Form::or_: return junction(expr);
        case Form::not_: {
            const Made of = expression(*expr.parts[0]);
            return add(expr, make_not(of.op), of.constant);
        }
        case Form::negate: {
            const Made of = expression(*expr.parts[0]);
            return add(expr, make_negate(of.op), of.constant);
        }
        case Form::binary: return binary(expr);
        case Form::conditional: return conditional(expr);
        case Form::loop: return loop(expr);
        case Form::bind: return bind(expr);
        case Form::opt_map: return opt_map(expr);
    }
    return {};
}

Compiler::Made Compiler::add(const Expr& expr, OpPtr op, bool is_constant) {
    place(*op, expr);
    code_.ops.push_back(std::move(op));
    const Op* made = code_.ops.back().get();
    return is_constant && !recording_ ? fold(expr, made) : Made{made, is_constant};
}

Value Compiler::evaluate(const Op& op, Arena& arena) const {
    const Frame nothing;
    Context context{nothing, arena};
    context.steps = folding.steps;
    context.memory_end = arena.used() + folding.memory;
    return op.run(context);
}

// What fails is left as it is: it may stand where it is never evaluated.
Compiler::Made Compiler::fold(const Expr& expr, const Op* op) {
    const Value v = evaluate(*op, code_.constants);
    if (v.failed()) return {op, false};
    code_.ops.push_back(make_constant(v));
    place(*code_.ops.back(), expr);
    return {code_.ops.back().get(), true};
}

Compiler::Made Compiler::constant(const Expr& expr, Value value) {
    if (value.is(Kind::string)) value = Value::string(code_.constants.copy(expr.name));
    if (value.is(Kind::bytes)) value = Value::bytes(code_.constants.copy(expr.name));
    OpPtr op = make_constant(value);
    place(*op, expr);
    code_.ops.push_back(std::move(op));
    return {code_.ops.back().get(), true};
}

void Compiler::use(Slot slot) {
    const auto at = std::lower_bound(code_.slots.begin(), code_.slots.end(), slot);
    if (at == code_.slots.end() || *at != slot) code_.slots.insert(at, slot);
}

Compiler::Made Compiler::slot(const Expr& expr, bool optional) {
    use(expr.place);
    if (optional) return add(expr, make_optional_slot(expr.place), false);
    return add(expr, make_slot(expr.place, code_.text.substr(expr.offset, expr.length)), false);
}

Compiler::Made Compiler::name(const Expr& expr) {
    switch (expr.meaning) {
        case Meaning::local: return add(expr, make_local(expr.place), false);
        case Meaning::type: return constant(expr, expr.value);
        case Meaning::record:
            for (const auto& member : expr.record->members) use(member.slot);
            return add(expr, make_record(*expr.record), false);
        default: return slot(expr, false);
    }
}

// `slot.a.b` of plain selections: the names, first to last.
bool Compiler::slot_path(const Expr& expr, std::vector<PathStep>& steps, const Expr*& root) const {
    if (!expr.fault.empty()) return false;
    root = &expr;
    if (expr.meaning == Meaning::slot) return !expr.optional;
    if (expr.form != Form::select || expr.optional || expr.meaning != Meaning::unknown) return false;
    if (!slot_path(*expr.parts[0], steps, root)) return false;
    steps.push_back({expr.name, expr.mark, expr.mark_length, expr.offset, expr.length});
    return true;
}

Compiler::Made Compiler::select(const Expr& expr) {
    if (expr.meaning == Meaning::slot) return slot(expr, expr.optional);
    if (expr.meaning == Meaning::type) return constant(expr, expr.value);
    std::vector<PathStep> steps;
    const Expr* root = nullptr;
    if (!recording_ && slot_path(expr, steps, root)) {
        use(root->place);
        return add(expr, make_slot_path(root->place, code_.text.substr(root->offset, root->length), std::move(steps)),
                   false);
    }
    const Made of = expression(*expr.parts[0]);
    return add(expr, make_member(of.op, expr.name, expr.optional), of.constant);
}

Compiler::Made Compiler::has(const Expr& expr) {
    if (expr.meaning == Meaning::slot) {
        use(expr.place);
        return add(expr, make_slot_present(expr.place), false);
    }
    const Made of = expression(*expr.parts[0]);
    return add(expr, make_has(of.op, expr.name), of.constant);
}

Compiler::Made Compiler::index(const Expr& expr) {
    const Made of = expression(*expr.parts[0]);
    const Made at = expression(*expr.parts[1]);
    return add(expr, make_index(of.op, at.op, expr.optional), of.constant && at.constant);
}

Compiler::Made Compiler::list(const Expr& expr) {
    std::vector<Part> parts;
    bool all = true;
    for (std::size_t i = 0; i < expr.parts.size(); ++i) {
        const Made made = expression(*expr.parts[i]);
        all = all && made.constant;
        parts.push_back({nullptr, made.op, expr.optional_parts[i]});
    }
    return add(expr, make_list(std::move(parts)), all);
}

Compiler::Made Compiler::map(const Expr& expr) {
    std::vector<Part> parts;
    bool all = true;
    for (std::size_t i = 0; i < expr.parts.size(); i += 2) {
        const Made key = expression(*expr.parts[i]);
        const Made value = expression(*expr.parts[i + 1]);
        all = all && key.constant && value.constant;
        parts.push_back({key.op, value.op, expr.optional_parts[i / 2]});
    }
    return add(expr, make_map(std::move(parts)), all);
}

Compiler::Made Compiler::junction(const Expr& expr) {
    std::vector<const Op*> parts;
    bool all = true;
    for (const ExprPtr& part : expr.parts) {
        const Made made = expression(*part);
        all = all && made.constant;
        parts.push_back(made.op);
    }
    return add(expr, expr.form == Form::and_ ? make_and(std::move(parts)) : make_or(std::move(parts)), all);
}

Compiler::Made Compiler::binary(const Expr& expr) {
    const Made left = expression(*expr.parts[0]);
    const Made right = expression(*expr.parts[1]);
    OpPtr op;
    if (right.constant && !left.constant && !recording_) {
        op = make_compare_constant(expr.operator_, left.op, evaluate(*right.op, code_.constants));
    }
    if (op == nullptr) op = make_binary(expr.operator_, left.op, right.op);
    return add(expr, std::move(op), left.constant && right.constant);
}

Compiler::Made Compiler::conditional(const Expr& expr) {
    const Made condition = expression(*expr.parts[0]);
    const Made yes = expression(*expr.parts[1]);
    const Made no = expression(*expr.parts[2]);
    return add(expr, make_conditional(condition.op, yes.op, no.op), condition.constant && yes.constant && no.constant);
}

Compiler::Made Compiler::call(const Expr& expr) {
    std::vector<const Op*> arguments;
    bool all = true, pure = true;
    for (const ExprPtr& part : expr.parts) {
        const Made made = expression(*part);
        all = all && made.constant;
        arguments.push_back(made.op);
    }
    for (const Overload& overload : expr.overloads) {
        pure = pure && (overload.function->flags & Function::impure) == 0;
    }
    if (!pure) code_.impure = true;
    const Made made = add(expr, make_call(expr.name, expr.overloads, std::move(arguments)), all && pure);
    if (all && pure && !made.constant) check_constant_call(expr, made.op);
    check_pattern(expr);
    return made;
}

}  // namespace flowrun::expr
