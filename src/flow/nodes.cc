#include "flow/nodes.hh"

#include <algorithm>

#include <fmt/format.h>

#include "flow/fields.hh"
#include "flow/odd_text.hh"
#include "flow/scalar.hh"

namespace flowrun::flow {

namespace {

constexpr std::string_view node_keys[] = {"uses", "with", "fanout", "instances"};
constexpr std::string_view with_remedy = "the settings of a component stand under 'with', indented deeper";
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

// The key by which other tools say what a node is.
std::string_view other_word(const Tree& node) {
    if (node.kind != Tree::Kind::map || node.member("uses") != nullptr) return {};
    for (const std::string_view other : {"type", "component", "kind", "plugin"}) {
        const Tree* value = node.member(other);
        if (value != nullptr && is_component_id(value->text)) return value->text;
    }
    return {};
}

void read_uses(const Fields& fields, NodeSpec& node, const Diagnostics& diagnostics) {
    const Tree* uses = fields.take("uses");
    if (!uses && (fields.meant("uses") || !other_word(fields.map()).empty())) return;
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
        const std::string odd = odd_in(*text);
        diagnostics.error(uses->place, fmt::format("'{}' is not the name of a component", *text),
                          odd.empty() ? "components are named as stdin or http.get" : odd);
    }
}

// A key of a node or of the flow that stands in the column of the nodes' names.
bool astray(const Tree& nodes, std::size_t index, const Diagnostics& diagnostics) {
    const std::string& name = nodes.keys[index];
    const Tree& value = nodes.items[index];
    if (value.kind == Tree::Kind::map && value.member("uses") != nullptr) return false;
    static constexpr std::string_view of_flow[] = {"edges", "params", "defaults", "env", "plugins", "name", "lock"};
    const bool flow = std::find(std::begin(of_flow), std::end(of_flow), name) != std::end(of_flow);
    const bool node = std::find(std::begin(node_keys), std::end(node_keys), name) != std::end(node_keys);
    if (!flow && !node) return false;
    diagnostics.error(nodes.key_places[index], fmt::format("'{}' stands where the names of nodes do", name),
                      flow ? "a key of the flow stands at the beginning of its line"
                           : "indent it deeper, below the node that it belongs to");
    return true;
}

// `out: stdout`, `in: [...]`: what a node looks like.
void tell_no_node(const Tree& node, std::string_view name, const Diagnostics& diagnostics) {
    const bool id = node.kind == Tree::Kind::scalar && is_component_id(node.text);
    const std::string_view is = node.kind == Tree::Kind::list ? "a list" : node.text.empty() ? "nothing" : "a text";
    diagnostics.error(node.place, fmt::format("a node must be a map, not {}", is),
                      fmt::format("write {}: {{ uses: {} }}", name, id ? node.text : "stdin"));
}

}  // namespace

NodesRead read_nodes(const Tree& nodes, const Tree* defaults, const Diagnostics& diagnostics) {
    NodesRead read;
    std::vector<NodeSpec>& out = read.nodes;
    if (nodes.kind != Tree::Kind::map || nodes.items.empty()) {
        const bool empty = nodes.kind != Tree::Kind::list && (nodes.text.empty() || nodes.kind == Tree::Kind::map);
        diagnostics.error(nodes.place, empty ? "the flow has no nodes" : "'nodes' must be a map of names to nodes",
                          nodes.kind == Tree::Kind::list ? "take the '- ' before each name out"
                                                         : "write nodes: { read: { uses: stdin } }");
        read.whole = empty;
        return read;
    }
    // What is wrong with the defaults themselves is told by check_node_defaults.
    Issues told;
    const Diagnostics silent{diagnostics.source, told};
    for (std::size_t i = 0; i < nodes.keys.size(); ++i) {
        if (astray(nodes, i, diagnostics)) {
            read.strays.push_back(nodes.keys[i]);
            if (!out.empty()) out.back().settings_astray = true;
            continue;
        }
        NodeSpec node;
        node.name = nodes.keys[i];
        node.place = nodes.key_places[i];
        name_in(node.name, "node", node.place, diagnostics);
        const bool map = nodes.items[i].kind == Tree::Kind::map;
        if (!map && nodes.items[i].property_kind != '!') tell_no_node(nodes.items[i], node.name, diagnostics);
        const std::string_view id = other_word(nodes.items[i]);
        const std::string remedy =
            id.empty() ? std::string(with_remedy) : fmt::format("what a node is says 'uses': write uses: {}", id);
        const Fields fields(nodes.items[i], "a node", node_keys, map ? diagnostics : silent, false, remedy);
        node.settings_astray = fields.unknown();
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
    return read;
}

void check_node_defaults(const Tree& defaults, const Diagnostics& diagnostics) {
    const Fields fields(defaults, "'defaults.node'", default_keys, diagnostics, true);
    NodeSpec any;
    read_options(fields, nullptr, any, diagnostics);
}

}  // namespace flowrun::flow
