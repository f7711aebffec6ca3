#include "flow/nodes.hh"

#include <fmt/format.h>

#include "flow/fields.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view node_keys[] = {"uses", "with", "fanout", "instances"};
constexpr std::string_view default_keys[] = {"fanout", "instances"};
constexpr std::int64_t most_instances = 1024;

// `stdin`, `http.get`: a name, or two joined by a dot.
bool is_component_id(std::string_view text) {
    const std::size_t dot = text.find('.');
    return is_name(text.substr(0, dot)) && (dot == std::string_view::npos || is_name(text.substr(dot + 1)));
}

void read_fanout(const Tree& tree, NodeSpec& node, const Diagnostics& diagnostics) {
    static constexpr std::string_view choices[] = {"sequential", "parallel"};
    if (const auto choice = choice_in(tree, "fanout", choices, diagnostics)) node.parallel_fanout = *choice == 1;
}

void read_instances(const Tree& tree, NodeSpec& node, const Diagnostics& diagnostics) {
    if (const auto n = integer_in(tree, "instances", diagnostics, 1, most_instances)) {
        node.instances = static_cast<std::uint32_t>(*n);
    }
}

void read_options(const Fields& fields, const Fields* defaults, NodeSpec& node, const Diagnostics& diagnostics) {
    struct Key {
        std::string_view name;
        void (*read)(const Tree&, NodeSpec&, const Diagnostics&);
    };
    for (const Key& key : {Key{"fanout", read_fanout}, Key{"instances", read_instances}}) {
        const Fields* where = fields.take(key.name) ? &fields : defaults;
        const Tree* value = where ? where->take(key.name) : nullptr;
        if (!value) continue;
        key.read(*value, node, diagnostics);
        node.given.push_back({std::string(key.name), where->place(key.name), where == &fields});
    }
}

void read_uses(const Fields& fields, NodeSpec& node, const Diagnostics& diagnostics) {
    const Tree* uses = fields.take("uses");
    if (!uses) {
        diagnostics.error(node.place, fmt::format("node '{}' does not say which component it uses", node.name),
                          fmt::format("write {}: {{ uses: stdin }}", node.name));
        return;
    }
    const auto text = text_in(*uses, "uses", diagnostics);
    node.uses_place = uses->place;
    if (!text) return;
    if (is_component_id(*text)) {
        node.uses = *text;
    } else {
        diagnostics.error(uses->place, fmt::format("'{}' is not the name of a component", *text),
                          "components are named as stdin or http.get");
    }
}

}  // namespace

std::vector<NodeSpec> read_nodes(const Tree& nodes, const Tree* defaults, const Diagnostics& diagnostics) {
    std::vector<NodeSpec> out;
    if (nodes.kind != Tree::Kind::map || nodes.items.empty()) {
        const bool empty = nodes.kind != Tree::Kind::list && (nodes.text.empty() || nodes.kind == Tree::Kind::map);
        diagnostics.error(nodes.place, empty ? "the flow has no nodes" : "'nodes' must be a map of names to nodes",
                          "write nodes: { read: { uses: stdin } }");
        return out;
    }
    // What is wrong with the defaults themselves is told by check_node_defaults.
    Issues told;
    const Diagnostics silent{diagnostics.source, told};
    for (std::size_t i = 0; i < nodes.keys.size(); ++i) {
        NodeSpec node;
        node.name = nodes.keys[i];
        node.place = nodes.key_places[i];
        name_in(node.name, "node", node.place, diagnostics);
        const Fields fields(nodes.items[i], "a node", node_keys, diagnostics);
        if (fields.is_map()) {
            read_uses(fields, node, diagnostics);
            if (const Tree* with = fields.take("with")) node.with = *with;
        }
        if (defaults) {
            const Fields from_defaults(*defaults, "'defaults.node'", default_keys, silent, true);
            read_options(fields, &from_defaults, node, diagnostics);
        } else {
            read_options(fields, nullptr, node, diagnostics);
        }
        out.push_back(std::move(node));
    }
    return out;
}

void check_node_defaults(const Tree& defaults, const Diagnostics& diagnostics) {
    const Fields fields(defaults, "'defaults.node'", default_keys, diagnostics, true);
    NodeSpec any;
    read_options(fields, nullptr, any, diagnostics);
}

}  // namespace flowrun::flow
