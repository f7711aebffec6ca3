#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "expr/parser.hh"

namespace flowrun::expr {

struct Macro {
    std::string_view name;
    Loop loop;
    std::size_t variables;
    std::size_t least, most;  // arguments in all
};

namespace {

constexpr std::array macros{
    Macro{"all", Loop::all, 1, 2, 2},
    Macro{"all", Loop::all, 2, 3, 3},
    Macro{"exists", Loop::exists, 1, 2, 2},
    Macro{"exists", Loop::exists, 2, 3, 3},
    Macro{"exists_one", Loop::exists_one, 1, 2, 2},
    Macro{"existsOne", Loop::exists_one, 1, 2, 2},
    Macro{"exists_one", Loop::exists_one, 2, 3, 3},
    Macro{"existsOne", Loop::exists_one, 2, 3, 3},
    Macro{"filter", Loop::filter, 1, 2, 2},
    Macro{"map", Loop::map, 1, 2, 3},
    Macro{"transformList", Loop::transform_list, 2, 3, 4},
    Macro{"transformMap", Loop::transform_map, 2, 3, 4},
    Macro{"transformMapEntry", Loop::transform_map_entry, 2, 3, 4},
    Macro{"sortBy", Loop::sort_by, 1, 2, 2},
    Macro{"groupBy", Loop::group_by, 1, 2, 2},
};

}  // namespace

ExprPtr Parser::macro(ExprPtr call) {
    if (!call) return nullptr;
    if (!call->receiver) return call->name == "has" && !call->root ? has(std::move(call)) : std::move(call);
    const Expr& target = *call->parts[0];
    if (call->name == "bind" && target.form == Form::name && target.name == "cel") return bind(std::move(call));
    const std::size_t given = call->parts.size() - 1;
    if ((call->name == "optMap" || call->name == "optFlatMap") && given == 2) {
        ExprPtr expr = std::move(call);
        if (!variable(*expr->parts[1], expr->first)) return nullptr;
        expr->form = Form::opt_map;
        expr->optional = expr->name == "optFlatMap";
        expr->parts.erase(expr->parts.begin() + 1);
        return expr;
    }
    const Macro* near = nullptr;
    for (const Macro& macro : macros) {
        if (call->name != macro.name) continue;
        near = &macro;
        if (given >= macro.least && given <= macro.most) return loop(std::move(call), macro);
    }
    if (near == nullptr) return call;
    return wrong(call->mark, call->mark_length,
                 fmt::format("{}() does not take {} argument{}", call->name, given, given == 1 ? "" : "s"),
                 fmt::format("for example list.{}({}, ...)", call->name, near->variables == 1 ? "x" : "i, x"));
}

ExprPtr Parser::has(ExprPtr call) {
    if (call->parts.size() != 1) {
        return wrong(call->mark, call->mark_length, "has() takes one argument", "for example has(msg.total)");
    }
    ExprPtr member = std::move(call->parts[0]);
    if (member->form != Form::select || member->optional) {
        return wrong(member->offset, member->length, "has() asks for a member",
                     "write has(x.name); for a key that is no name, 'key' in x");
    }
    member->form = Form::has;
    member->offset = call->offset;
    member->length = call->length;
    return member;
}

bool Parser::variable(const Expr& argument, std::string& name) {
    if (argument.form != Form::name || argument.root) {
        wrong(argument.offset, argument.length, "a macro's variable must be a simple name", "for example x");
        return false;
    }
    name = argument.name;
    return true;
}

ExprPtr Parser::bind(ExprPtr call) {
    if (call->parts.size() != 4) {
        return wrong(call->mark, call->mark_length, "cel.bind() takes a name, a value and an expression",
                     "for example cel.bind(total, msg.net + msg.tax, total * total)");
    }
    if (!variable(*call->parts[1], call->first)) return nullptr;
    call->form = Form::bind;
    call->parts.erase(call->parts.begin(), call->parts.begin() + 2);
    return call;
}

ExprPtr Parser::loop(ExprPtr call, const Macro& macro) {
    if (!variable(*call->parts[1], call->first)) return nullptr;
    if (macro.variables == 2) {
        if (!variable(*call->parts[2], call->second)) return nullptr;
        if (call->first == call->second) {
            return wrong(call->parts[2]->offset, call->parts[2]->length, "both variables have the same name",
                         "give the second another name");
        }
    }
    call->form = Form::loop;
    call->loop = macro.loop;
    call->parts.erase(call->parts.begin() + 1, call->parts.begin() + 1 + static_cast<std::ptrdiff_t>(macro.variables));
    return call;
}

}  // namespace flowrun::expr
