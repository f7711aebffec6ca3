#include "flow/node_settings.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/coercion.hh"
#include "flow/fields.hh"
#include "flow/suggest.hh"
#include "value/builder.hh"

namespace flowrun::flow {

namespace {

void build_written(const Tree& tree, value::Builder& out) {
    if (tree.kind == Tree::Kind::scalar) {
        out.string(tree.text);
        return;
    }
    const bool map = tree.kind == Tree::Kind::map;
    map ? out.map() : out.list();
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
        if (map) out.key(tree.keys[i]);
        build_written(tree.items[i], out);
    }
    out.end();
}

class SettingsResolver {
public:
    SettingsResolver(const NodeSpec& node, const ComponentInfo& component, ExpressionCompiler& expressions,
                     CheckedNode& out)
        : node_(node), component_(component), expressions_(expressions), diagnostics_(expressions.diagnostics()),
          out_(out) {}

    bool resolve() {
        refuse_unknown();
        builder_.map();
        for (std::uint32_t i = 0; i < component_.settings.size(); ++i) {
            const Setting& setting = component_.settings[i];
            const Tree* given = node_.with.member(setting.name);
            if (given) {
                take(i, setting, *given);
            } else if (setting.fallback) {
                fall_back(i, setting);
            } else if (setting.required && !misspelt(setting)) {
                diagnostics_.error(node_.with ? node_.with.place : node_.uses_place,
                                   fmt::format("node '{}': component '{}' needs the setting '{}'", node_.name,
                                               component_.id, setting.name),
                                   fmt::format("add with: {{ {}: … }}, {}", setting.name, wanted(setting)));
                whole_ = false;
            }
        }
        builder_.end();
        // Those that are right, when some are wrong.
        const value::Node* settings = builder_.finish();
        if (settings) out_.settings = value::Value::copy(*settings);
        return whole_ && settings;
    }

private:
    void refuse_unknown() {
        const Tree& with = node_.with;
        const bool empty = !with || (with.kind == Tree::Kind::scalar && with.text.empty());
        if (with.kind != Tree::Kind::map) {
            if (!empty) {
                diagnostics_.error(with.place, "'with' must be a map of settings",
                                   with.kind == Tree::Kind::list ? "take the '- ' before each of them out"
                                                                 : "write with: { name: value }");
                whole_ = false;
            }
            return;
        }
        std::vector<std::string> known;
        known.reserve(component_.settings.size());
        for (const Setting& setting : component_.settings) known.push_back(setting.name);
        for (std::size_t i = 0; i < with.keys.size(); ++i) {
            if (std::find(known.begin(), known.end(), with.keys[i]) != known.end()) continue;
            whole_ = false;
            if (const auto meant = slip_told(with, i, std::span<const std::string>(known), diagnostics_);
                !meant.empty()) {
                meant_.emplace_back(meant);
                continue;
            }
            meant_.emplace_back(nearest(with.keys[i], std::span<const std::string>(known)));
            diagnostics_.error(
                with.key_places[i], fmt::format("component '{}' has no setting '{}'", component_.id, with.keys[i]),
                known.empty() ? "it has none at all" : suggest(with.keys[i], std::span<const std::string>(known)));
        }
    }

    // Given under a wrong name, which has been told.
    bool misspelt(const Setting& setting) const {
        const bool elsewhere = node_.settings_astray || (node_.with && node_.with.kind == Tree::Kind::list) ||
                               (node_.with && !node_.with.text.empty());
        return elsewhere || std::find(meant_.begin(), meant_.end(), setting.name) != meant_.end();
    }

    const expr::Scope& scope_of(const Setting& setting) const {
        if (setting.per_item) return expressions_.item_scope();
        return setting.per_message ? expressions_.message_scope() : expressions_.constant_scope();
    }

    void take(std::uint32_t number, const Setting& setting, const Tree& given) {
        const bool dynamic = setting.per_message;
        auto value_template = expressions_.value_template(given, &setting, setting.name, scope_of(setting));
        if (!value_template) {
            whole_ = false;
            return;
        }
        const bool alike = dynamic && !ExpressionCompiler::needs_message(*value_template);
        if (alike) expressions_.warn_where_it_fails(*value_template);
        if (dynamic && (setting.expression || !alike)) {
            out_.per_message.push_back({number, &setting, std::move(*value_template)});
            return;
        }
        const auto value = expressions_.evaluate(*value_template, !dynamic);
        if (value) {
            put(setting, *value, given.place);
        } else if (dynamic) {
            // now() and the like: another value for each message, though it reads nothing of it.
            out_.per_message.push_back({number, &setting, std::move(*value_template)});
        } else {
            whole_ = false;
        }
    }

    void put(const Setting& setting, const value::Value& value, const Place& place) {
        if (const auto wrong = mismatch(setting, *value)) {
            diagnostics_.error(place, fmt::format("'{}' {}", setting.name, *wrong));
            whole_ = false;
            return;
        }
        builder_.key(setting.name);
        coerce(setting, *value, builder_);
    }

    // A default with `${…}` or that is an expression is the component's own text: what is wrong with it is its bug.
    void fall_back(std::uint32_t number, const Setting& setting) {
        const auto text = setting.fallback->as_string();
        const bool dynamic = setting.per_message && text && (setting.expression || expr::Text::wanted_in(*text));
        if (!dynamic) {
            builder_.key(setting.name);
            coerce(setting, *setting.fallback, builder_);
            return;
        }
        std::vector<expr::Problem> problems;
        if (setting.expression) {
            auto program = expr::Program::compile(*text, scope_of(setting));
            if (program)
                out_.per_message.push_back({number, &setting, expr::ValueTemplate::program(std::move(*program), 0)});
            else problems = std::move(program.error());
        } else {
            auto parsed = expr::Text::parse(*text, scope_of(setting));
            if (parsed)
                out_.per_message.push_back({number, &setting, expr::ValueTemplate::text(std::move(*parsed), 0)});
            else problems = std::move(parsed.error());
        }
        for (const expr::Problem& problem : problems) {
            diagnostics_.error(node_.uses_place,
                               fmt::format("component '{}': the default of its setting '{}' is wrong: {}",
                                           component_.id, setting.name, problem.message));
            whole_ = false;
        }
    }

    const NodeSpec& node_;
    const ComponentInfo& component_;
    ExpressionCompiler& expressions_;
    const Diagnostics& diagnostics_;
    CheckedNode& out_;
    value::Builder builder_;
    std::vector<std::string> meant_;  // the settings that unknown names are nearest to
    bool whole_ = true;
};

}  // namespace

value::Value as_written(const NodeSpec& node, const ComponentInfo& component, const CheckedNode& resolved) {
    value::Builder builder;
    builder.map();
    for (const auto [key, value] : value::entries(*resolved.settings)) {
        builder.key(key.bytes_view());
        builder.value(value);
    }
    for (const MessageSetting& setting : resolved.per_message) {
        const std::string& name = component.settings[setting.number].name;
        builder.key(name);
        if (const Tree* given = node.with.member(name)) build_written(*given, builder);
        else builder.value(*setting.setting->fallback);
    }
    builder.end();
    return value::Value::copy(*builder.finish());
}

bool resolve_settings(const NodeSpec& node, const ComponentInfo& component, ExpressionCompiler& expressions,
                      CheckedNode& out) {
    return SettingsResolver(node, component, expressions, out).resolve();
}

}  // namespace flowrun::flow
