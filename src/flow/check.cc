#include "flow/check.hh"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "flow/claims.hh"
#include "flow/cross_checks.hh"
#include "flow/diagnostics.hh"
#include "flow/expression_compiler.hh"
#include "flow/failures.hh"
#include "flow/listeners.hh"
#include "flow/lookalike.hh"
#include "flow/node_settings.hh"
#include "flow/odd_text.hh"
#include "flow/parameters.hh"
#include "flow/queues.hh"
#include "flow/stored_orders.hh"
#include "flow/suggest.hh"
#include "flow/wiring.hh"

namespace flowrun::flow {

namespace {

std::optional<std::string> of_process(const std::string& name) {
    const char* text = std::getenv(name.c_str());
    return text ? std::optional<std::string>(text) : std::nullopt;
}

class Checker {
public:
    Checker(Checked& out, const Source& source, Catalog& catalog, const CheckOptions& options)
        : out_(out), catalog_(catalog), options_(options), diagnostics_{source, out.issues},
          expressions_(diagnostics_, out.constants) {}

    void check(const Arguments& arguments, bool all_edges) {
        set_parameters(out_.flow, arguments, options_.environment ? options_.environment : of_process, out_.constants,
                       expressions_);
        for (std::size_t i = 0; i < out_.flow.nodes.size(); ++i) check_node(out_.flow.nodes[i], out_.nodes[i]);
        for (std::size_t i = 0; i < out_.flow.edges.size(); ++i) check_edge(out_.flow.edges[i], out_.edges[i]);
        const std::vector<bool> joined = join(out_.flow, out_.nodes, diagnostics_);
        check_standard_input(out_.flow, out_.nodes, diagnostics_);
        check_listeners(out_.flow, out_.nodes, diagnostics_);
        check_claims(out_.flow, out_.nodes, diagnostics_);
        check_queues(out_.flow, out_.edges, diagnostics_);
        check_policies(out_.flow, joined, options_.drain_timeout, diagnostics_);
        check_cycles(out_.flow, joined, diagnostics_);
        // With an edge missing nobody knows what it would have reached.
        const bool all = all_edges && std::find(joined.begin(), joined.end(), false) == joined.end();
        if (!all) return;
        if (all_known())
            select(options_.selection, out_.flow, out_.nodes, out_.edges, options_.before_run, diagnostics_);
        check_reach(out_.flow, out_.nodes, diagnostics_);
        check_failures(out_.flow, diagnostics_);
        check_gathering(out_.flow, out_.nodes, out_.edges, diagnostics_);
        if (options_.look_into_queues) check_stored_orders(out_.flow, out_.nodes, out_.edges, catalog_, diagnostics_);
    }

private:
    bool all_known() const {
        return std::ranges::all_of(out_.nodes, [](const CheckedNode& node) { return node.component != nullptr; });
    }

    void check_node(NodeSpec& spec, CheckedNode& node) {
        if (spec.uses.empty()) return;
        const auto found = catalog_.find(spec.uses);
        if (!found) {
            std::string remedy = found.error().remedy;
            const auto code = found.error().code;
            if (remedy.empty() && diagnostics_.kept() &&
                (code == CatalogFailure::Code::unknown || code == CatalogFailure::Code::plugin_missing)) {
                if (ids_.empty()) ids_ = catalog_.ids();
                remedy = suggest(spec.uses, std::span<const std::string>(ids_));
            }
            code == CatalogFailure::Code::unavailable
                ? diagnostics_.passing_error(spec.uses_place, found.error().message, std::move(remedy))
                : diagnostics_.error(spec.uses_place, found.error().message, std::move(remedy));
            return;
        }
        node.component = *found;
        check_instances(spec, *node.component);
        const bool resolved = resolve_settings(spec, *node.component, expressions_, node);
        check_settings(spec, node, resolved);
        find_ports(spec, node, resolved);
    }

    // What only the component itself knows of its settings. Where one of them is wrong already, it is asked about the
    // others, and only what it says of one of these counts.
    void check_settings(const NodeSpec& spec, CheckedNode& node, bool resolved) {
        if (!node.component->checks_settings || (!resolved && !has_required(node))) return;
        for (SettingsMistake& mistake :
             catalog_.mistakes_in(*node.component, *as_written(spec, *node.component, node), node.claims)) {
            if (mistake.setting.empty()) mistake.setting = setting_named_in(mistake.message);
            if (mistake.warning && options_.before_run) continue;
            const bool given = has(node, mistake.setting);
            if (!resolved && !given) continue;
            const Tree* of = spec.with ? spec.with.member(mistake.setting) : nullptr;
            const Place& place = of ? of->place : spec.with ? spec.with.place : spec.uses_place;
            if (mistake.remedy.empty() && of) mistake.remedy = odd_in(*of);
            if (mistake.warning) diagnostics_.warning(place, std::move(mistake.message), std::move(mistake.remedy));
            else diagnostics_.error(place, std::move(mistake.message), std::move(mistake.remedy));
        }
    }

    // Whether a setting has a value that fits its schema.
    static bool has(const CheckedNode& node, std::string_view setting) {
        const auto& later = node.per_message;
        return node.settings->member(setting) != nullptr ||
               std::any_of(later.begin(), later.end(), [&](const auto& s) { return s.setting->name == setting; });
    }

    static bool has_required(const CheckedNode& node) {
        const auto& all = node.component->settings;
        return std::all_of(all.begin(), all.end(), [&](const Setting& s) { return !s.required || has(node, s.name); });
    }

    // "'delimiter' must be ...": 'delimiter'.
    static std::string setting_named_in(std::string_view message) {
        const std::size_t end = message.find('\'', 1);
        if (!message.starts_with('\'') || end == std::string_view::npos) return {};
        return std::string(message.substr(1, end - 1));
    }

    // A default of several copies is not meant for sources.
    void check_instances(NodeSpec& spec, const ComponentInfo& component) {
        if (!component.source || spec.instances == 1) return;
        for (const GivenKey& key : spec.given) {
            if (key.name != "instances" || !key.own) continue;
            diagnostics_.error(key.place, fmt::format("'{}' is a source, and has one instance", spec.name),
                               "take 'instances' out; several sources are several nodes");
        }
        spec.instances = 1;
    }

    void find_ports(const NodeSpec& spec, CheckedNode& node, bool resolved) {
        if (!node.component->ports_depend_on_settings) {
            node.ports = node.component->ports;
            node.ports_known = true;
            return;
        }
        if (!resolved) return;
        auto ports = catalog_.ports(*node.component, *as_written(spec, *node.component, node));
        if (ports) {
            node.ports = std::move(*ports);
            node.ports_known = true;
        } else {
            diagnostics_.error(spec.with ? spec.with.place : spec.uses_place,
                               fmt::format("component '{}': {}", node.component->id, ports.error()));
        }
    }

    void check_edge(const EdgeSpec& spec, CheckedEdge& edge) {
        resolve_queue(spec, out_.flow.name, expressions_, catalog_, edge);
        const expr::Scope& message = expressions_.message_scope();
        if (spec.when) edge.when = expressions_.program(*spec.when, "when", message, expr::Type::boolean());
        if (spec.key) edge.key = expressions_.program(*spec.key, "key", message);
        if (spec.map) edge.map = expressions_.value_template(*spec.map, nullptr, "map", message);
        if (spec.retry.when) {
            edge.retry_when =
                expressions_.program(*spec.retry.when, "when", expressions_.retry_scope(), expr::Type::boolean());
        }
        const bool fixed_text = spec.map && spec.map->kind == Tree::Kind::scalar && edge.map && edge.map->constant();
        if (fixed_text && !lookalike_in(spec.map->text, message)) {
            diagnostics_.warning(spec.map->place, "this 'map' gives the same for every message",
                                 "an expression in a value is written ${…}: map: \"${" + spec.map->text + "}\"");
        }
    }

    Checked& out_;
    Catalog& catalog_;
    const CheckOptions& options_;
    const Diagnostics diagnostics_;
    ExpressionCompiler expressions_;
    std::vector<std::string> ids_;  // once they were asked for
};

}  // namespace

Checked check(Reading reading, const Source& source, Catalog& catalog, const Arguments& arguments,
              const CheckOptions& options) {
    Checked out;
    out.issues = std::move(reading.issues);
    out.flow = std::move(reading.flow);
    out.nodes.resize(out.flow.nodes.size());
    out.edges.resize(out.flow.edges.size());
    out.constants = declared(out.flow);
    if (reading.whole) Checker(out, source, catalog, options).check(arguments, reading.all_edges);
    out.issues.sort();
    return out;
}

}  // namespace flowrun::flow
