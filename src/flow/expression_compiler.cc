#include "flow/expression_compiler.hh"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/arena.hh"
#include "expr/describe.hh"
#include "expr/failure.hh"
#include "flow/literal.hh"
#include "flow/lookalike.hh"
#include "flow/odd_text.hh"
#include "flow/quote.hh"
#include "flow/scalar.hh"
#include "flow/suggest.hh"
#include "value/builder.hh"
#include "value/json.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view comment_remedy = "' #' begins a comment in YAML: quote the whole value";

// Whether a ` #` after the scalar may have cut off what is missing: at its end, or of a string that begins here.
bool cut(std::string_view text, const expr::Problem& problem) {
    if (problem.offset + problem.length >= text.size()) return true;
    return std::string_view("'\"$").find(text[problem.offset]) != std::string_view::npos;
}

// What an expression must give for a setting, as far as one type says it.
expr::Type type_of(const Setting* setting) {
    if (!setting || setting->duration || setting->size) return {};
    switch (setting->types) {
        case Setting::boolean: return expr::Type::boolean();
        case Setting::integer: return expr::Type::integer();
        case Setting::list: return expr::Type::list();
        case Setting::map: return expr::Type::map();
        default: return {};
    }
}

std::string text_of(const expr::Failure& failure) {
    std::string text(failure.message);
    if (failure.culprit_count > 0) text += ": " + expr::culprits_of(failure);
    return text;
}

// Whether something was asked for that is another at each time.
class Asked final : public expr::Surroundings {
public:
    std::int64_t now() override { return asked = true, 0; }
    std::uint64_t random() override { return asked = true, 0; }
    bool asked = false;
};

}  // namespace

ExpressionCompiler::ExpressionCompiler(const Diagnostics& diagnostics, const Constants& constants)
    : diagnostics_(diagnostics), constants_(constants), constant_(expr::constant_scope(constants.names)),
      default_(expr::default_scope(constants.names)), message_(expr::message_scope(constants.names)),
      item_(expr::item_scope(constants.names)), retry_(expr::retry_scope(constants.names)), frame_(message_) {
    refill();
}

void ExpressionCompiler::refill() { constants_.fill(frame_); }

void ExpressionCompiler::tell(const Tree& tree, const std::vector<expr::Problem>& problems) {
    for (const expr::Problem& problem : problems) {
        std::string remedy = problem.remedy;
        if (tree.comment_follows && cut(tree.text, problem)) remedy = comment_remedy;
        diagnostics_.error(diagnostics_.part(tree, problem.offset, problem.length), problem.message, remedy);
    }
}

void ExpressionCompiler::tell(const expr::Failure& failure) { diagnostics_.error(place_of(failure), text_of(failure)); }

Place ExpressionCompiler::place_of(const expr::Failure& failure) const {
    const auto leaf = leaves_.find(failure.leaf);
    return leaf == leaves_.end() ? Place{} : diagnostics_.part(*leaf->second, failure.offset, failure.length);
}

std::optional<expr::Program> ExpressionCompiler::program(const Tree& tree, std::string_view name,
                                                         const expr::Scope& scope, const expr::Type& wanted) {
    if (!expression_in(tree, name, diagnostics_)) return {};
    if (tree.text.starts_with("${")) {
        diagnostics_.error(diagnostics_.part(tree, 0, 2), fmt::format("'{}' is an expression already", name),
                           "write it without '${' and '}'");
        return {};
    }
    auto program = expr::Program::compile(tree.text, scope, wanted);
    if (program) return std::move(*program);
    tell(tree, program.error());
    return {};
}

std::optional<expr::ValueTemplate> ExpressionCompiler::value_template(const Tree& tree, const Setting* setting,
                                                                      std::string_view name, const expr::Scope& scope) {
    const bool before = std::exchange(secret_, secret_ || (setting && setting->secret));
    std::optional<expr::ValueTemplate> out;
    if (setting && setting->expression) {
        auto compiled = program(tree, name, scope, type_of(setting));
        if (compiled && fits_secrecy(tree, compiled->type(), name)) {
            out = expr::ValueTemplate::program(std::move(*compiled), tree.place.offset);
        }
    } else if (tree.kind == Tree::Kind::list) {
        out = list(tree, setting, name, scope);
    } else if (tree.kind == Tree::Kind::map) {
        out = map(tree, setting, name, scope);
    } else {
        out = leaf(tree, setting, name, scope);
    }
    if (out && secret_ && out->is_leaf()) out->take_secrets();
    if (out && out->is_leaf()) leaves_[tree.place.offset] = &tree;
    secret_ = before;
    return out;
}

// A secret goes only where a component keeps it secret: what stands elsewhere may end in a message or on a screen.
bool ExpressionCompiler::fits_secrecy(const Tree& tree, const expr::Type& type, std::string_view name) {
    if (secret_ || !type.is(expr::Kind::secret)) return true;
    diagnostics_.error(tree.place, fmt::format("'{}' may be seen by all, so that a secret cannot stand there", name),
                       "write reveal(...) around it if you mean to");
    return false;
}

std::optional<expr::ValueTemplate> ExpressionCompiler::leaf(const Tree& tree, const Setting* setting,
                                                            std::string_view name, const expr::Scope& scope) {
    if (tree.property_kind == '!') return {};
    if (!expr::Text::wanted_in(tree.text)) {
        auto value = literal_of(tree, setting, name, diagnostics_);
        if (!value) return {};
        warn_of_text(tree, name, scope);
        return expr::ValueTemplate::constant(std::move(*value));
    }
    auto text = expr::Text::parse(tree.text, scope, type_of(setting));
    if (!text) {
        tell(tree, text.error());
        return {};
    }
    if (!fits_secrecy(tree, text->type(), name)) return {};
    return expr::ValueTemplate::text(std::move(*text), tree.place.offset);
}

// What is taken as it is, and was probably meant otherwise.
void ExpressionCompiler::warn_of_text(const Tree& tree, std::string_view name, const expr::Scope& scope) {
    if (tree.anchor_unused) {
        const std::size_t begin = tree.property.offset,
                          end = std::max<std::size_t>(begin + tree.property.length,
                                                      tree.place.offset + tree.place.length);
        const std::string_view source = diagnostics_.source.text();
        diagnostics_.warning(tree.property,
                             fmt::format("YAML takes '{}' for an anchor, and no alias asks for it",
                                         source.substr(begin, tree.property.length)),
                             quote_it(name, source.substr(begin, end - begin)));
    }
    if (tree.kind != Tree::Kind::scalar || tree.text.empty()) return;
    if (const auto like = lookalike_in(tree.text, scope)) {
        const bool environment =
            like->meant.find("${env.") != std::string::npos && tree.text.find("env.") == std::string::npos;
        diagnostics_.warning(
            diagnostics_.part(tree, like->offset, like->length),
            fmt::format("'{}' is taken as it is: it is no expression",
                        std::string_view(tree.text).substr(like->offset, like->length)),
            fmt::format("an expression in a value is written ${{…}}: {}: {}{}", name, quoted(like->meant),
                        environment ? ", with the variable listed under 'env:'" : ""));
        return;
    }
    if (std::string remedy = odd_ends(tree); !remedy.empty()) {
        diagnostics_.warning(tree.place, fmt::format("'{}' is taken with its quote as it is", name), std::move(remedy));
    }
}

std::optional<expr::ValueTemplate> ExpressionCompiler::list(const Tree& tree, const Setting* setting,
                                                            std::string_view name, const expr::Scope& scope) {
    if (setting && !(setting->types & Setting::list)) {
        tell_kind(tree, name, wanted(*setting), diagnostics_);
        return {};
    }
    expr::ValueTemplate out = expr::ValueTemplate::list();
    const Setting* of_items = setting && !setting->items.empty() ? &setting->items[0] : nullptr;
    bool whole = true;
    for (const Tree& item : tree.items) {
        auto element = value_template(item, of_items, name, scope);
        if (element) out.add(std::move(*element));
        whole = whole && element;
    }
    return whole ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<expr::ValueTemplate> ExpressionCompiler::map(const Tree& tree, const Setting* setting,
                                                           std::string_view name, const expr::Scope& scope) {
    if (setting && !(setting->types & Setting::map)) {
        tell_kind(tree, name, wanted(*setting), diagnostics_);
        return {};
    }
    expr::ValueTemplate out = expr::ValueTemplate::map();
    bool whole = true;
    for (std::size_t i = 0; i < tree.keys.size(); ++i) {
        const Setting* of_member = nullptr;
        if (setting) {
            const auto found = std::find_if(setting->properties.begin(), setting->properties.end(),
                                            [&](const Setting& s) { return s.name == tree.keys[i]; });
            if (found != setting->properties.end()) of_member = &*found;
            else if (!setting->rest.empty()) of_member = &setting->rest[0];
        }
        if (setting && setting->closed && !of_member) {
            std::vector<std::string> known;
            known.reserve(setting->properties.size());
            for (const Setting& property : setting->properties) known.push_back(property.name);
            diagnostics_.error(tree.key_places[i], fmt::format("'{}' has no member '{}'", name, tree.keys[i]),
                               suggest(tree.keys[i], std::span<const std::string>(known)));
            whole = false;
            continue;
        }
        auto member = value_template(tree.items[i], of_member, tree.keys[i], scope);
        if (member) out.add(tree.keys[i], std::move(*member));
        whole = whole && member;
    }
    for (const Setting& property : setting ? setting->properties : std::vector<Setting>{}) {
        if (!property.required || property.fallback || tree.member(property.name)) continue;
        diagnostics_.error(tree.place, fmt::format("'{}' lacks '{}'", name, property.name));
        whole = false;
    }
    return whole ? std::optional(std::move(out)) : std::nullopt;
}

bool ExpressionCompiler::needs_message(const expr::ValueTemplate& value_template) {
    for (expr::Slot slot = 0; slot < expr::slot_first_param; ++slot) {
        if (value_template.uses(slot)) return true;
    }
    return false;
}

void ExpressionCompiler::warn_where_it_fails(const expr::ValueTemplate& value_template) const {
    for (const expr::Slot slot : lost_) {
        if (value_template.uses(slot)) return;
    }
    Asked surroundings;
    expr::Frame frame = frame_;
    frame.surroundings = &surroundings;
    Arena arena;
    value::Builder builder;
    const auto built = value_template.build(frame, arena, builder);
    if (built || surroundings.asked) return;
    diagnostics_.warning(place_of(built.error()), "this fails for every message: " + text_of(built.error()));
}

std::optional<value::Value> ExpressionCompiler::evaluate(const expr::ValueTemplate& value_template, bool tell_it) {
    for (const expr::Slot slot : lost_) {
        if (value_template.uses(slot)) return {};
    }
    Arena arena;
    value::Builder builder;
    const auto built = value_template.build(frame_, arena, builder);
    // What it stands in, such as the settings as a whole, must not be too deep either.
    constexpr unsigned around = 80;
    const value::Node* whole = built ? builder.finish() : nullptr;
    if (whole != nullptr && whole->height <= value::max_depth - around) return value::Value::copy(*whole);
    if (!tell_it) return {};
    if (!built) tell(built.error());
    else
        diagnostics_.error({}, fmt::format("a value given in the flow has more than {} lists and maps in one another",
                                           value::max_depth - around));
    return {};
}

}  // namespace flowrun::flow
