#include "expr/checker.hh"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "expr/arithmetic.hh"
#include "expr/foreign.hh"
#include "expr/near.hh"

namespace flowrun::expr {
namespace {

struct NamedType {
    std::string_view name;
    Kind kind;
};
constexpr std::array type_names{
    NamedType{"bool", Kind::boolean},
    NamedType{"int", Kind::integer},
    NamedType{"uint", Kind::unsigned_},
    NamedType{"double", Kind::real},
    NamedType{"string", Kind::string},
    NamedType{"bytes", Kind::bytes},
    NamedType{"list", Kind::list},
    NamedType{"map", Kind::map},
    NamedType{"null_type", Kind::null},
    NamedType{"type", Kind::type},
    NamedType{"optional_type", Kind::optional},
    NamedType{"google.protobuf.Timestamp", Kind::timestamp},
    NamedType{"google.protobuf.Duration", Kind::duration},
};

// `a.b.c` of plain selections, down to a name; false: something else is among them.
bool dotted(const Expr& expr, std::string& path, bool& root) {
    if (expr.form == Form::name) {
        path = expr.name;
        root = expr.root;
        return true;
    }
    if (expr.form != Form::select || expr.optional || !dotted(*expr.parts[0], path, root)) return false;
    path += '.';
    path += expr.name;
    return true;
}

}  // namespace

void Checker::report_at(std::uint32_t offset, std::uint32_t length, std::string message, std::string remedy) {
    problems_.push_back({offset, length, std::move(message), std::move(remedy)});
}

// Leniently it fails when it runs.
void Checker::report_unknown(Expr& at, std::string message, std::string remedy) {
    at.fault = message;
    report(at, std::move(message), std::move(remedy));
}

void Checker::report(Expr& at, std::string message, std::string remedy) {
    at.type = Type::dyn();
    if (checking_ == Checking::strict) report_at(at.mark, at.mark_length, std::move(message), std::move(remedy));
}

std::vector<Problem> Checker::take_problems() {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.offset < b.offset; });
    return std::move(problems_);
}

// What to write where a bool is wanted and there is something else.
std::string Checker::comparison(const Type& type) {
    if (type.is(Kind::string)) return "compare it with something, for example != ''";
    const bool number = type.is(Kind::integer) || type.is(Kind::unsigned_) || type.is(Kind::real);
    return number ? "compare it with something, for example > 0" : "compare it with something";
}

// What makes one type of another, where a function does.
std::string Checker::conversion(const Expr& expr, const Type& wanted) {
    const Type& type = expr.type;
    const bool scalar = type.is(Kind::string) || type.is(Kind::integer) || type.is(Kind::unsigned_) ||
                        type.is(Kind::real) || type.is(Kind::boolean);
    const bool number = wanted.is(Kind::integer) || wanted.is(Kind::real);
    const bool of_text = wanted.is(Kind::duration) || wanted.is(Kind::timestamp);
    const bool converts =
        (number && scalar) || (wanted.is(Kind::string) && scalar) || (of_text && type.is(Kind::string));
    std::string path;
    bool root = false;
    const bool named = expr.form == Form::select && dotted(expr, path, root);
    return converts ? fmt::format("convert it: {}({})", wanted.name(), named ? path : "...") : "";
}

void Checker::want(const Expr& expr, const Type& wanted) {
    if (checking_ == Checking::lenient || Type::agree(expr.type, wanted)) return;
    report_at(expr.offset, expr.length,
              fmt::format("the expression gives {}, where {} is wanted", expr.type.name(), wanted.name()),
              wanted.is(Kind::boolean) ? comparison(expr.type) : conversion(expr, wanted));
}

std::uint32_t Checker::push(std::string name, Type type) {
    locals_.push_back({std::move(name), std::move(type)});
    most_locals_ = std::max(most_locals_, static_cast<std::uint32_t>(locals_.size()));
    return static_cast<std::uint32_t>(locals_.size() - 1);
}

const Checker::Local* Checker::local(std::string_view name, std::uint32_t& place) const {
    for (std::size_t i = locals_.size(); i-- > 0;) {
        if (locals_[i].name != name) continue;
        place = static_cast<std::uint32_t>(i);
        return &locals_[i];
    }
    return nullptr;
}

std::vector<std::string_view> Checker::known_names() const {
    std::vector<std::string_view> names;
    for (const Local& l : locals_) names.push_back(l.name);
    for (const auto& v : scope_.variables()) names.push_back(v.name);
    for (const auto& r : scope_.records()) names.push_back(r.name);
    return names;
}

void Checker::check_parts(Expr& expr) {
    for (const ExprPtr& part : expr.parts) check(*part);
}

void Checker::check(Expr& expr) {
    switch (expr.form) {
        case Form::literal: return;
        case Form::name: return name(expr);
        case Form::select: return select(expr);
        case Form::has: return select(expr);
        case Form::index: return index(expr);
        case Form::call: return call(expr);
        case Form::list: return list(expr);
        case Form::map: return map(expr);
        case Form::not_: return boolean_parts(expr, "!");
        case Form::and_: return boolean_parts(expr, "&&");
        case Form::or_: return boolean_parts(expr, "||");
        case Form::negate: return negate(expr);
        case Form::binary: return binary(expr);
        case Form::conditional: return conditional(expr);
        case Form::loop: return loop(expr);
        case Form::bind: return bind(expr);
        case Form::opt_map: return opt_map(expr);
    }
}

// A name or dotted path as a variable or type of the scope.
bool Checker::resolve(Expr& expr, const std::string& path, bool root) {
    const std::string_view first = std::string_view(path).substr(0, path.find('.'));
    std::uint32_t place = 0;
    if (!root && local(first, place) != nullptr) return false;
    if (const Scope::Variable* variable = scope_.variable(path)) {
        expr.meaning = Meaning::slot;
        expr.place = variable->slot;
        expr.type = variable->type;
        return true;
    }
    for (const NamedType& type : type_names) {
        if (type.name != path) continue;
        expr.meaning = Meaning::type;
        expr.value = Value::type(type.kind);
        expr.type = Type::type();
        return true;
    }
    return false;
}

void Checker::name(Expr& expr) {
    std::uint32_t place = 0;
    if (const Local* found = expr.root ? nullptr : local(expr.name, place)) {
        expr.meaning = Meaning::local;
        expr.place = place;
        expr.type = found->type;
        return;
    }
    if (resolve(expr, expr.name, expr.root)) return;
    if (const Scope::Record* record = scope_.record_of(expr.name)) {
        expr.meaning = Meaning::record;
        expr.record = record;
        expr.type = Type::map(Type::string());
        return;
    }
    report_unknown(expr, fmt::format("there is no variable '{}' here", expr.name), meant_by(expr));
}

// What the author of a name that means nothing may have had in mind.
std::string Checker::meant_by(const Expr& expr) const {
    const std::string& name = expr.name;
    const bool message = scope_.variable("msg") != nullptr;
    if (const Foreign foreign = foreign_name(name, message); !foreign.text.empty()) return std::string(foreign.remedy);
    for (const Scope::Record& record : scope_.records()) {
        for (const Scope::Variable& member : record.members) {
            if (member.name == name && !message) return fmt::format("write {}.{}", record.name, name);
            if (member.name == name && record.name != "meta") return fmt::format("write {}.{}", record.name, name);
        }
    }
    if (message && expr.root) return fmt::format("a member of the message is msg.{}", name);
    const bool shouted = name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
    if (shouted && scope_.record_of("env") != nullptr) {
        return fmt::format("a variable of the environment is env.{0}, with env: [{0}] in the flow", name);
    }
    if (message && name == "error") return "what failed and came by an error edge is msg.error";
    if (message && name == "item") return "'item' is known only in settings that are evaluated once an item";
    for (const std::string_view late : {"msg", "meta", "error", "item", "param"}) {
        if (name == late) return names_here();
    }
    std::string otherwise = message ? fmt::format("a member of the message is msg.{}; text is written in quotes", name)
                                    : "text is written in quotes";
    if (function_exists(name, false)) otherwise = fmt::format("'{0}' is a function: {0}(...)", name);
    return did_you_mean(name, known_names(), std::move(otherwise));
}

// `msg` where there is no message yet: what can be read instead.
std::string Checker::names_here() const {
    std::string names;
    for (const std::string_view name : known_names()) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    if (names.empty()) return "nothing can be read here";
    return fmt::format("this is read before there are messages; what can be read is: {}", names);
}

// A selection, and has(), which is a selection without its value.
void Checker::select(Expr& expr) {
    std::string path;
    bool root = false;
    if (expr.form == Form::select && dotted(expr, path, root) && resolve(expr, path, root)) return;
    check_parts(expr);
    if (expr.parts[0]->meaning == Meaning::record) {
        member_of_record(expr);
    } else {
        select_type(expr);
    }
    if (expr.form == Form::has) expr.type = Type::boolean();
}

void Checker::member_of_record(Expr& expr) {
    const Scope::Record& record = *expr.parts[0]->record;
    std::vector<std::string_view> names;
    for (const auto& member : record.members) {
        names.push_back(member.name);
        if (member.name != expr.name) continue;
        expr.meaning = Meaning::slot;
        expr.place = member.slot;
        expr.type = expr.optional ? Type::optional(member.type) : member.type;
        return;
    }
    report_unknown(expr, fmt::format("{} has no member '{}'", record.name, expr.name),
                   did_you_mean(expr.name, names, record.remedy));
}

void Checker::select_type(Expr& expr) {
    const Type& of = expr.parts[0]->type;
    const Type held = of.is(Kind::optional) ? of.part(0) : of;
    if (!held.is_dyn() && !held.is(Kind::map)) {
        report_unknown(expr, fmt::format("{} has no members, so no '{}'", held.name(), expr.name),
                       function_exists(expr.name, true) ? fmt::format("'{0}' is a function: .{0}()", expr.name) : "");
        return;
    }
    expr.type = held.part(1);
    if (expr.optional || of.is(Kind::optional)) expr.type = Type::optional(held.part(1));
}

void Checker::index(Expr& expr) {
    check_parts(expr);
    const Type& of = expr.parts[0]->type;
    const Type& at = expr.parts[1]->type;
    const Type held = of.is(Kind::optional) ? of.part(0) : of;
    Type unused;
    const bool list = held.is(Kind::list), map = held.is(Kind::map);
    if (!held.is_dyn() && !list && !map) {
        return report(
            expr, fmt::format("{} has no elements", held.name()),
            held.is(Kind::string) ? "for one character write .charAt(i), for a part .substring(from, to)" : "");
    }
    if (list && !at.is_dyn() && !at.is_number()) {
        return report(expr, fmt::format("the index of a list is an int, not {}", at.name()));
    }
    if (map && !binary_type(Operator::equal, held.part(0), at, unused)) {
        return report(expr, fmt::format("the keys of this map are {}, not {}", held.part(0).name(), at.name()));
    }
    expr.type = map ? held.part(1) : held.part(0);
    if (expr.optional || of.is(Kind::optional)) expr.type = Type::optional(expr.type);
}

void Checker::list(Expr& expr) {
    check_parts(expr);
    Type element;
    for (std::size_t i = 0; i < expr.parts.size(); ++i) {
        Type type = expr.parts[i]->type;
        if (expr.optional_parts[i]) {
            if (!type.is_dyn() && !type.is(Kind::optional)) {
                report(*expr.parts[i], fmt::format("after '?' an optional is wanted, not {}", type.name()));
            }
            type = type.part(0);
        }
        element = i == 0 ? type : Type::join(element, type);
    }
    expr.type = Type::list(element);
}

void Checker::map(Expr& expr) {
    check_parts(expr);
    Type key, held;
    for (std::size_t i = 0; i < expr.parts.size(); i += 2) {
        const Type& k = expr.parts[i]->type;
        Type v = expr.parts[i + 1]->type;
        const bool fits =
            k.is_dyn() || k.is(Kind::boolean) || k.is(Kind::integer) || k.is(Kind::unsigned_) || k.is(Kind::string);
        if (!fits) {
            report(*expr.parts[i], fmt::format("{} cannot be a key", k.name()), "keys are string, int, uint or bool");
        }
        if (expr.optional_parts[i / 2]) {
            if (!v.is_dyn() && !v.is(Kind::optional)) {
                report(*expr.parts[i + 1], fmt::format("after '?' an optional is wanted, not {}", v.name()));
            }
            v = v.part(0);
        }
        key = i == 0 ? k : Type::join(key, k);
        held = i == 0 ? v : Type::join(held, v);
    }
    expr.type = Type::map(key, held);
}

void Checker::binary(Expr& expr) {
    check_parts(expr);
    const Type& a = expr.parts[0]->type;
    const Type& b = expr.parts[1]->type;
    if (binary_type(expr.operator_, a, b, expr.type)) return;
    std::string remedy = "convert one of them, for example with string(...) or int(...)";
    if (a.is(Kind::secret) || b.is(Kind::secret)) remedy = "a secret must be given with reveal(...)";
    if (expr.operator_ == Operator::equal || expr.operator_ == Operator::not_equal) {
        if (a.is(Kind::null) || b.is(Kind::null)) remedy = "to ask whether a member is there, write has(...)";
    }
    report(expr, fmt::format("'{}' does not take {} and {}", sign_of(expr.operator_), a.name(), b.name()), remedy);
}

void Checker::wanted_bool(const Expr& part, std::string_view who) {
    if (part.type.is_dyn() || part.type.is(Kind::boolean) || checking_ == Checking::lenient) return;
    report_at(part.offset, part.length, fmt::format("{} needs a bool, this gives {}", who, part.type.name()),
              comparison(part.type));
}

void Checker::boolean_parts(Expr& expr, std::string_view sign) {
    check_parts(expr);
    for (const ExprPtr& part : expr.parts) wanted_bool(*part, fmt::format("'{}'", sign));
    expr.type = Type::boolean();
}

void Checker::negate(Expr& expr) {
    check_parts(expr);
    const Type& of = expr.parts[0]->type;
    expr.type = of;
    if (of.is_dyn() || of.is(Kind::integer) || of.is(Kind::real)) return;
    report(expr, fmt::format("'-' does not take {}", of.name()), of.is(Kind::unsigned_) ? "write -int(...)" : "");
}

void Checker::conditional(Expr& expr) {
    check_parts(expr);
    wanted_bool(*expr.parts[0], "the condition of '? :'");
    expr.type = Type::join(expr.parts[1]->type, expr.parts[2]->type);
}

}  // namespace flowrun::expr
