// The checker's part for calls and macros.

#include <fmt/format.h>

#include "expr/checker.hh"
#include "expr/foreign.hh"
#include "expr/near.hh"

namespace flowrun::expr {
namespace {

bool path_of(const Expr& expr, std::string& path) {
    if (expr.form == Form::name) {
        path = expr.name;
        return true;
    }
    if (expr.form != Form::select || expr.optional || !path_of(*expr.parts[0], path)) return false;
    path += '.' + expr.name;
    return true;
}

std::string types_of(const Expr& call) {
    std::string out;
    for (const ExprPtr& part : call.parts) {
        out += out.empty() ? "" : ", ";
        out += part->type.name();
    }
    return out;
}

// The functions of `math`, when it is such a name.
std::string namespace_of(std::string_view path) {
    std::string names;
    std::string_view last;
    for (const std::string_view name : function_names(false)) {
        const bool within = name.size() > path.size() && name.starts_with(path) && name[path.size()] == '.';
        if (!within || name == last) continue;
        names += fmt::format("{}{}", names.empty() ? "" : ", ", name.substr(path.size() + 1));
        last = name;
    }
    return names.empty() ? names : fmt::format("'{}' has: {}", path, names);
}

}  // namespace

// `math.abs(x)` looks like abs called on math.
bool Checker::namespaced(Expr& expr) {
    std::string path;
    if (!expr.receiver || !path_of(*expr.parts[0], path)) return false;
    path += '.' + expr.name;
    if (!function_exists(path, false)) return false;
    expr.mark = expr.parts[0]->offset;
    expr.mark_length = static_cast<std::uint32_t>(path.size());
    expr.name = std::move(path);
    expr.receiver = false;
    expr.parts.erase(expr.parts.begin());
    return true;
}

void Checker::call(Expr& expr) {
    namespaced(expr);
    expr.meaning = Meaning::call;
    std::string path;
    const bool known = function_exists(expr.name, expr.receiver);
    // `mth.abs(x)`: the mistake is in the namespace, and `mth` is not to be looked for among the variables.
    if (!known && expr.receiver && expr.parts[0]->form == Form::name) {
        std::uint32_t place = 0;
        const std::string& first = expr.parts[0]->name;
        const bool variable =
            local(first, place) != nullptr || scope_.variable(first) != nullptr || scope_.record_of(first) != nullptr;
        if (!variable && path_of(*expr.parts[0], path)) {
            const std::string full = path + '.' + expr.name;
            std::string near(foreign_function(full).remedy);
            if (near.empty()) near = did_you_mean(full, function_names(false), namespace_of(path));
            if (!near.empty()) {
                for (std::size_t i = 1; i < expr.parts.size(); ++i) check(*expr.parts[i]);
                expr.mark = expr.offset;
                expr.mark_length = static_cast<std::uint32_t>(full.size());
                return report_unknown(expr, fmt::format("there is no function '{}'", full), near);
            }
        }
    }
    check_parts(expr);
    if (!known) return unknown_function(expr);
    overloads(expr);
}

void Checker::unknown_function(Expr& expr) {
    // What it is called on is a mistake already; one message is enough.
    if (expr.receiver && !expr.parts[0]->fault.empty()) {
        expr.fault = expr.parts[0]->fault;
        expr.type = Type::dyn();
        return;
    }
    std::string otherwise = "flowrun-expr(7) lists all functions";
    if (function_exists(expr.name, !expr.receiver)) {
        otherwise =
            expr.receiver ? fmt::format("write {0}(...)", expr.name) : fmt::format("write x.{0}(...)", expr.name);
        return report_unknown(expr, fmt::format("'{}' is not called in this way", expr.name), otherwise);
    }
    const Foreign foreign = foreign_function(expr.name);
    report_unknown(expr, fmt::format("there is no function '{}'", expr.name),
                   !foreign.text.empty() ? std::string(foreign.remedy)
                                         : did_you_mean(expr.name, function_names(expr.receiver), otherwise));
}

void Checker::overloads(Expr& expr) {
    std::vector<Overload> candidates = overloads_of(expr.name, expr.receiver);
    if (scope_.before_run() && !candidates.empty() && (candidates[0].function->flags & Function::impure) != 0) {
        return report(expr, fmt::format("{}() is known only while the flow runs, and this is read before", expr.name),
                      "use it where messages pass, or give the value as a parameter: name=$(date +%F)");
    }
    std::vector<Type> types;
    for (const ExprPtr& part : expr.parts) types.push_back(part->type);
    bool first = true;
    Type type;
    for (Overload& overload : candidates) {
        Type result;
        const bool fits = checking_ == Checking::lenient ? overload.takes(types.size()) : overload.match(types, result);
        if (!fits) continue;
        type = first ? result : Type::join(type, result);
        first = false;
        expr.overloads.push_back(overload);
    }
    expr.type = type;
    if (expr.overloads.empty()) no_overload(expr, candidates);
}

void Checker::no_overload(Expr& expr, const std::vector<Overload>& candidates) {
    std::string remedy;
    for (const Overload& overload : candidates) {
        remedy += remedy.empty() ? "it is " : ", or ";
        remedy += overload.function->signature;
    }
    for (const ExprPtr& part : expr.parts) {
        if (part->type.is(Kind::secret)) remedy = "a secret must be given with reveal(...)";
    }
    for (char& c : remedy) c = c == ':' ? '.' : c;
    report(expr, fmt::format("{}() does not take ({})", expr.name, types_of(expr)), remedy);
}

void Checker::loop(Expr& expr) {
    check(*expr.parts[0]);
    const Type& range = expr.parts[0]->type;
    Type first, second;
    if (range.is(Kind::list)) {
        first = expr.second.empty() ? range.part(0) : Type::integer();
        second = range.part(0);
    } else if (range.is(Kind::map)) {
        first = range.part(0);
        second = range.part(1);
    } else if (!range.is_dyn()) {
        report(expr, fmt::format("{}() goes through a list or a map, not {}", expr.name, range.name()));
    }
    expr.place = push(expr.first, first);
    if (!expr.second.empty()) push(expr.second, second);
    for (std::size_t i = 1; i < expr.parts.size(); ++i) check(*expr.parts[i]);
    pop(expr.second.empty() ? 1 : 2);
    expr.type = loop_type(expr, first, range.is(Kind::list) ? range.part(0) : first);
}

Type Checker::loop_type(const Expr& expr, const Type& key, const Type& element) {
    const Type& body = expr.parts.back()->type;
    const std::string who = expr.name + "()";
    if (expr.parts.size() == 3) wanted_bool(*expr.parts[1], who);
    switch (expr.loop) {
        case Loop::all:
        case Loop::exists:
        case Loop::exists_one: wanted_bool(*expr.parts[1], who); return Type::boolean();
        case Loop::filter: wanted_bool(*expr.parts[1], who); return Type::list(element);
        case Loop::map:
        case Loop::transform_list: return Type::list(body);
        case Loop::transform_map: return Type::map(key, body);
        case Loop::transform_map_entry: return body.is(Kind::map) ? body : Type::map();
        case Loop::sort_by: return Type::list(element);
        case Loop::group_by: return Type::map(body, Type::list(element));
    }
    return {};
}

void Checker::bind(Expr& expr) {
    check(*expr.parts[0]);
    expr.place = push(expr.first, expr.parts[0]->type);
    check(*expr.parts[1]);
    pop(1);
    expr.type = expr.parts[1]->type;
}

void Checker::opt_map(Expr& expr) {
    check(*expr.parts[0]);
    const Type& of = expr.parts[0]->type;
    if (!of.is_dyn() && !of.is(Kind::optional)) {
        report(expr, fmt::format("{}() is called on an optional, not {}", expr.name, of.name()),
               "make one with optional.of(...), or with .? and [?]");
    }
    expr.place = push(expr.first, of.part(0));
    check(*expr.parts[1]);
    pop(1);
    const Type& body = expr.parts[1]->type;
    expr.type = expr.optional ? (body.is(Kind::optional) ? body : Type::optional()) : Type::optional(body);
}

}  // namespace flowrun::expr
