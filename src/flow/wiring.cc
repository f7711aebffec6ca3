#include "flow/wiring.hh"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "flow/suggest.hh"

namespace flowrun::flow {

namespace {

std::vector<std::string> names_of(const std::vector<PortInfo>& ports) {
    std::vector<std::string> names;
    for (const PortInfo& port : ports) names.push_back(port.name);
    return names;
}

std::optional<std::uint32_t> index_of(const std::vector<PortInfo>& ports, std::string_view name) {
    for (std::uint32_t i = 0; i < ports.size(); ++i) {
        if (ports[i].name == name) return i;
    }
    return {};
}

class Joiner {
public:
    Joiner(Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics)
        : flow_(flow), nodes_(nodes), diagnostics_(diagnostics) {
        for (std::uint32_t i = 0; i < flow.nodes.size(); ++i) {
            names_.push_back(flow.nodes[i].name);
            by_name_.emplace(flow.nodes[i].name, i);
        }
    }

    bool join(EdgeSpec& edge) {
        // Both ends are looked at, so that both mistakes are told.
        const bool from = node_of(edge.from) && leave(edge.from);
        const bool to = node_of(edge.to) && enter(edge.to);
        return from && to;
    }

private:
    bool node_of(Endpoint& end) {
        const auto found = by_name_.find(end.node);
        if (found != by_name_.end()) {
            end.node_index = found->second;
            return true;
        }
        const Place place = diagnostics_.source.place(end.place.offset, end.node.size());
        diagnostics_.error(place, fmt::format("there is no node '{}'", end.node),
                           diagnostics_.kept() ? suggest(end.node, std::span<const std::string>(names_)) : "");
        return false;
    }

    Place port_place(const Endpoint& end) const {
        if (!end.port_given) return end.place;
        return diagnostics_.source.place(end.place.offset + end.node.size() + 1, end.port.size());
    }

    bool leave(Endpoint& end) {
        const CheckedNode& node = nodes_[end.node_index];
        if (end.port_given && end.port == "error") {
            end.port_index = error_port;
            return true;
        }
        // A node whose component or settings are wrong has ports that nobody knows.
        if (!node.component || !node.ports_known) return true;
        const std::vector<PortInfo>& outputs = node.ports.outputs;
        if (!end.port_given) {
            if (outputs.empty()) {
                diagnostics_.error(end.place,
                                   fmt::format("nothing leaves '{}': '{}' has no output", end.node, node.component->id),
                                   fmt::format("take the edge out, or begin it at {}.error", end.node));
                return false;
            }
            end.port = outputs[0].name;
            return true;
        }
        if (const auto index = index_of(outputs, end.port)) {
            end.port_index = *index;
            return true;
        }
        if (end.port == "failed") {
            end.port_index = failed_port;
            return true;
        }
        std::vector<std::string> known = names_of(outputs);
        known.insert(known.end(), {"error", "failed"});
        if (index_of(node.ports.inputs, end.port)) {
            diagnostics_.error(port_place(end),
                               fmt::format("'{}' is an input of '{}'; an edge begins at an output", end.port, end.node),
                               fmt::format("outputs of '{}' are: {}", end.node, fmt::join(known, ", ")));
        } else {
            diagnostics_.error(port_place(end), fmt::format("'{}' has no output '{}'", end.node, end.port),
                               suggest(end.port, std::span<const std::string>(known)));
        }
        return false;
    }

    bool enter(Endpoint& end) {
        const CheckedNode& node = nodes_[end.node_index];
        if (!node.component || !node.ports_known) return true;
        const std::vector<PortInfo>& inputs = node.ports.inputs;
        if (inputs.empty()) {
            diagnostics_.error(
                end.place, fmt::format("'{}' is a source ('{}'): no edge can lead to it", end.node, node.component->id),
                "edges begin at a source");
            return false;
        }
        if (!end.port_given) {
            end.port = inputs[0].name;
            return true;
        }
        if (const auto index = index_of(inputs, end.port)) {
            end.port_index = *index;
            return true;
        }
        const std::vector<std::string> known = names_of(inputs);
        if (end.port == "error" || end.port == "failed" || index_of(node.ports.outputs, end.port)) {
            diagnostics_.error(port_place(end),
                               fmt::format("'{}' is an output of '{}'; an edge ends at an input", end.port, end.node),
                               fmt::format("lead the edge to '{0}', and begin a new one at its output: {0}.{1} -> …",
                                           end.node, end.port));
        } else {
            diagnostics_.error(port_place(end), fmt::format("'{}' has no input '{}'", end.node, end.port),
                               suggest(end.port, std::span<const std::string>(known)));
        }
        return false;
    }

    Flow& flow_;
    const std::vector<CheckedNode>& nodes_;
    const Diagnostics& diagnostics_;
    std::vector<std::string> names_;
    std::unordered_map<std::string_view, std::uint32_t> by_name_;
};

// From the same port to the same port again, where neither picks its messages.
void warn_of_twins(const Flow& flow, const Diagnostics& diagnostics) {
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>> seen;
    for (const EdgeSpec& edge : flow.edges) {
        if (edge.when || edge.map) continue;
        if (seen.emplace(edge.from.node_index, edge.from.port_index, edge.to.node_index, edge.to.port_index).second) {
            continue;
        }
        diagnostics.warning(edge.place, "this edge is there twice: each message goes both ways",
                            "take one out, unless that is what you want");
    }
}

}  // namespace

std::vector<bool> join(Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics) {
    Joiner joiner(flow, nodes, diagnostics);
    std::vector<bool> joined;
    for (EdgeSpec& edge : flow.edges) joined.push_back(joiner.join(edge));
    return joined;
}

void check_reach(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics) {
    std::vector<std::vector<std::uint32_t>> targets(flow.nodes.size());
    std::vector<bool> reached(flow.nodes.size());
    std::vector<std::uint32_t> open;
    const auto reach = [&](std::uint32_t node) {
        if (!reached[node]) open.push_back(node);
        reached[node] = true;
    };
    for (const EdgeSpec& edge : flow.edges) { targets[edge.from.node_index].push_back(edge.to.node_index); }
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        if (!nodes[i].component || nodes[i].component->source) reach(i);
    }
    while (!open.empty()) {
        const std::uint32_t node = open.back();
        open.pop_back();
        for (const std::uint32_t target : targets[node]) reach(target);
    }
    for (std::size_t i = 0; i < reached.size(); ++i) {
        if (reached[i]) continue;
        diagnostics.error(flow.nodes[i].place, fmt::format("nothing reaches node '{}'", flow.nodes[i].name),
                          "add an edge to it that a source leads to, or take the node out");
    }
    if (diagnostics.issues.errors() == 0) warn_of_twins(flow, diagnostics);
}

void check_standard_input(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics) {
    const NodeSpec* first = nullptr;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!nodes[i].component || !nodes[i].component->reads_stdin) continue;
        const NodeSpec& node = flow.nodes[i];
        if (flow.file == "-") {
            diagnostics.error(node.uses_place,
                              fmt::format("node '{}' reads standard input, which the flow itself came from", node.name),
                              "save the flow to a file and give its name in place of '-'");
        } else if (first) {
            diagnostics.error(node.uses_place,
                              fmt::format("nodes '{}' and '{}' both read standard input", first->name, node.name),
                              "let one node read it, and lead two edges from there");
        }
        if (!first) first = &node;
    }
}

}  // namespace flowrun::flow
