#include "flow/params.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/core.hh"
#include "flow/fields.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view param_keys[] = {"type", "default", "required", "min", "max", "enum", "doc", "from"};
constexpr std::string_view types[] = {"string", "int", "double", "bool", "duration", "size", "secret", "list", "map"};

bool has_range(ParamType type) {
    return type == ParamType::int_ || type == ParamType::double_ || type == ParamType::string ||
           type == ParamType::duration || type == ParamType::size;
}

// A bound in the parameter's own unit: `min: 1s` of a duration.
std::optional<double> bound_in(const Tree& tree, std::string_view name, ParamType type,
                               const Diagnostics& diagnostics) {
    if (type == ParamType::duration) {
        const auto n = duration_in(tree, name, diagnostics);
        return n ? std::optional(static_cast<double>(*n)) : std::nullopt;
    }
    if (type == ParamType::size) {
        const auto n = size_in(tree, name, diagnostics);
        return n ? std::optional(static_cast<double>(*n)) : std::nullopt;
    }
    return number_in(tree, name, diagnostics);
}

void read_range(const Fields& fields, Param& param, const Diagnostics& diagnostics) {
    for (const auto& [name, bound] : {std::pair{"min", &param.min}, std::pair{"max", &param.max}}) {
        const Tree* tree = fields.take(name);
        if (!tree) continue;
        if (!has_range(param.type)) {
            diagnostics.error(fields.place(name), fmt::format("'{}' has no meaning for a {}", name,
                                                              types[static_cast<std::size_t>(param.type)]));
            continue;
        }
        *bound = bound_in(*tree, name, param.type, diagnostics);
    }
    if (param.min && param.max && *param.min > *param.max)
        diagnostics.error(fields.place("max"), "'max' is less than 'min'");
}

void read_sources(const Fields& fields, Param& param, const Diagnostics& diagnostics) {
    const Tree* from = fields.take("from");
    if (param.type != ParamType::secret) {
        if (from) {
            diagnostics.error(fields.place("from"), "'from' belongs to a secret",
                              "say type: secret, or take 'from' out");
        }
        return;
    }
    if (!from) {
        diagnostics.error(param.place, fmt::format("secret '{}' does not say where it comes from", param.name),
                          "add from: [env:NAME, file:/path]");
        return;
    }
    for (const Tree* source : texts_in(*from, "from", diagnostics)) {
        const bool known = (source->text.starts_with("env:") && source->text.size() > 4) ||
                           (source->text.starts_with("file:") && source->text.size() > 5);
        if (known) {
            param.from.push_back(source->text);
        } else {
            diagnostics.error(source->place, fmt::format("a secret cannot come from '{}'", source->text),
                              "write env:NAME or file:/path; the first that is there is taken");
        }
    }
}

void read_default(const Fields& fields, Param& param, const Diagnostics& diagnostics) {
    const Tree* fallback = fields.take("default");
    if (fallback && fallback->property_kind != '!') param.fallback = *fallback;
    if (fallback && param.type == ParamType::secret) {
        diagnostics.error(fields.place("default"),
                          "a secret has no default: it would stand in the flow for all to read",
                          "give it by env:NAME or file:/path under 'from'");
    }
    param.required = !fallback;
    const Tree* required = fields.take("required");
    if (!required) return;
    const auto flag = flag_in(*required, "required", diagnostics);
    if (flag == true && fallback) {
        diagnostics.error(fields.place("required"), "a parameter with a default is not required",
                          "take one of the two out");
    }
    if (flag) param.required = *flag && !fallback;
}

// `n: 3` and `n: int`.
void tell_no_param(const Tree& tree, const std::string& name, const Diagnostics& diagnostics) {
    const bool type = std::find(std::begin(types), std::end(types), tree.text) != std::end(types);
    const CoreKind kind = core_of(tree).kind;
    const std::string_view meant = kind == CoreKind::integer   ? "int"
                                   : kind == CoreKind::real    ? "double"
                                   : kind == CoreKind::boolean ? "bool"
                                                               : "string";
    diagnostics.error(tree.place, "a parameter must be a map, not a text",
                      type ? fmt::format("write {}: {{ type: {} }}", name, tree.text)
                           : fmt::format("write {}: {{ type: {}, default: {} }}", name, meant, tree.text));
}

Param read_param(const std::string& name, const Place& place, const Tree& tree, const Diagnostics& diagnostics) {
    Param param;
    param.name = name;
    param.place = place;
    name_in(name, "parameter", place, diagnostics);
    const bool text = tree.kind == Tree::Kind::scalar && !tree.text.empty() && tree.property_kind != '!';
    if (text) tell_no_param(tree, name, diagnostics);
    Issues told;
    const Diagnostics silent{diagnostics.source, told};
    const Fields fields(tree, "a parameter", param_keys, text ? silent : diagnostics, true);
    param.required = true;
    param.broken = !fields.is_map();
    if (!fields.is_map()) return param;
    if (const Tree* type = fields.take("type")) {
        if (const auto choice = choice_in(*type, "type", types, diagnostics))
            param.type = static_cast<ParamType>(*choice);
    }
    if (const Tree* doc = fields.take("doc")) param.doc = text_in(*doc, "doc", diagnostics).value_or("");
    read_default(fields, param, diagnostics);
    read_range(fields, param, diagnostics);
    read_sources(fields, param, diagnostics);
    if (const Tree* choices = fields.take("enum")) {
        for (const Tree* choice : texts_in(*choices, "enum", diagnostics)) param.choices.push_back(choice->text);
        if (param.type == ParamType::list || param.type == ParamType::map || param.type == ParamType::secret) {
            diagnostics.error(fields.place("enum"), fmt::format("'enum' has no meaning for a {}",
                                                                types[static_cast<std::size_t>(param.type)]));
        }
    }
    return param;
}

}  // namespace

std::vector<Param> read_params(const Tree& params, const Diagnostics& diagnostics) {
    std::vector<Param> out;
    if (params.kind != Tree::Kind::map) {
        const bool empty = params.kind == Tree::Kind::scalar && params.text.empty();
        if (!empty)
            diagnostics.error(params.place, "'params' must be a map of names to parameters",
                              params.kind == Tree::Kind::list ? "take the '- ' before each name out" : "");
        return out;
    }
    for (std::size_t i = 0; i < params.keys.size(); ++i) {
        out.push_back(read_param(params.keys[i], params.key_places[i], params.items[i], diagnostics));
    }
    return out;
}

}  // namespace flowrun::flow
