#include "engine/graph/layout.hh"

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/graph/parts.hh"

namespace flowrun::engine {
namespace {

// `node` alone where it has one port only, else `node.port`.
std::string shown(const flow::Checked& checked, const flow::Endpoint& end, bool out) {
    const flow::Ports& all = checked.nodes[end.node_index].ports;
    const auto& ports = out ? all.outputs : all.inputs;
    const std::string& node = checked.flow.nodes[end.node_index].name;
    if (flow::takes_failures(end)) return node + "." + end.port;
    return ports.size() == 1 ? node : node + "." + ports[end.port_index].name;
}

std::string shown(const flow::Checked& checked, const flow::EdgeSpec& edge) {
    return shown(checked, edge.from, true) + (edge.mode == flow::Mode::async ? " ~> " : " -> ") +
           shown(checked, edge.to, false);
}

void make_node(Node& node, std::uint32_t index, const flow::Checked& checked) {
    const flow::NodeSpec& spec = checked.flow.nodes[index];
    const flow::CheckedNode& made = checked.nodes[index];
    const flow::ComponentInfo& component = *made.component;
    node.index = index;
    node.name = spec.name;
    node.checked = &made;
    node.exclusive = !component.reentrant || spec.instances > 1;
    node.instances = std::max(spec.instances, 1u);
    node.elsewhere = made.elsewhere;
    node.source = component.source && !made.elsewhere;
    node.cooperative = component.cooperative;
    node.prompt = component.prompt && component.cooperative && component.reentrant;
    node.outlets.resize(made.ports.outputs.size());
    for (Outlet& outlet : node.outlets) outlet.parallel = spec.parallel_fanout;
    node.error.parallel = node.failed.parallel = spec.parallel_fanout;
    std::size_t settings = component.settings.size();
    node.per_message.resize(settings);
    node.constants.resize(settings);
    for (const flow::MessageSetting& setting : made.per_message) node.per_message[setting.number] = &setting;
    for (std::size_t i = 0; i < settings; ++i) {
        if (made.settings) node.constants[i] = made.settings->member(component.settings[i].name);
    }
}

void make_edge(Graph& graph, Edge& edge, std::uint32_t index, const flow::Checked& checked) {
    const flow::EdgeSpec& spec = checked.flow.edges[index];
    edge.index = index;
    edge.spec = &spec;
    edge.expressions = &checked.edges[index];
    edge.from = graph.nodes[spec.from.node_index].get();
    edge.to = graph.nodes[spec.to.node_index].get();
    edge.port = spec.to.port_index;
    edge.leaves = edge.expressions->leaves;
    edge.async = spec.mode == flow::Mode::async;
    edge.from_error = flow::takes_failures(spec.from);
    edge.name = shown(checked, spec);
    Outlet& outlet = spec.from.port_index == flow::error_port    ? edge.from->error
                     : spec.from.port_index == flow::failed_port ? edge.from->failed
                                                                 : edge.from->outlets[spec.from.port_index];
    outlet.edges.push_back(&edge);
    outlet.only = outlet.edges.size() == 1 ? &edge : nullptr;
    edge.to->inputs.push_back(&edge);
}

template <class F>
void each_outlet(const Node& node, F&& fn) {
    for (const Outlet& outlet : node.outlets) fn(outlet);
    fn(node.error);
    fn(node.failed);
}

bool fits_promptly(const Edge& edge) {
    // Into a store it waits for the disk.
    if (edge.async && (edge.spec->queue.durable() || edge.spec->overflow == flow::Overflow::spill)) return false;
    if (edge.async) return edge.spec->overflow != flow::Overflow::block;
    return edge.spec->retry.attempts == 1 && edge.to->subtree_prompt;
}

bool is_prompt(const Outlet& outlet) {
    return !outlet.parallel &&
           std::all_of(outlet.edges.begin(), outlet.edges.end(), [](const Edge* edge) { return fits_promptly(*edge); });
}

// What a call of `node` may enter on the same stack, its sync targets having been judged before.
void judge_subtree(Node& node) {
    node.subtree_cooperative = node.cooperative;
    node.subtree_prompt = node.prompt;
    each_outlet(node, [&](const Outlet& outlet) {
        for (const Edge* edge : outlet.edges) {
            if (!edge->async && !edge->to->subtree_cooperative) node.subtree_cooperative = false;
        }
        if (!is_prompt(outlet)) node.subtree_prompt = false;
    });
}

// From the sinks up along sync edges, which have no cycles: the check refuses them.
void judge_subtrees(Graph& graph) {
    std::vector<std::size_t> unjudged(graph.nodes.size());
    std::vector<Node*> ready;
    for (auto& edge : graph.edges) unjudged[edge->from->index] += edge->async ? 0 : 1;
    for (auto& node : graph.nodes) {
        if (unjudged[node->index] == 0) ready.push_back(node.get());
    }
    while (!ready.empty()) {
        Node& node = *ready.back();
        ready.pop_back();
        judge_subtree(node);
        for (const Edge* input : node.inputs) {
            if (!input->async && --unjudged[input->from->index] == 0) ready.push_back(input->from);
        }
    }
    for (auto& node : graph.nodes) {
        for (Outlet& outlet : node->outlets) {
            outlet.prompt = is_prompt(outlet) && is_prompt(node->error) && is_prompt(node->failed);
        }
    }
}

bool has_expressions(const Edge& edge) {
    const flow::CheckedEdge& e = *edge.expressions;
    return e.when || e.map || e.key;
}

void judge(Edge& edge, bool traced) {
    const flow::EdgeSpec& spec = *edge.spec;
    bool timed = spec.timeout != 0 || spec.deadline != 0;
    bool retried = spec.retry.attempts > 1;
    edge.foreign = timed && !edge.to->subtree_cooperative;
    edge.bare = edge.async && !has_expressions(edge) && !traced;
    edge.loops = !edge.async && !retried && !edge.foreign;
    // Expressions and retries of an async edge are not the attempt's.
    bool just_called = edge.async ? !edge.foreign : edge.loops && !has_expressions(edge);
    if (!just_called || traced || edge.to->instances > 1) return;
    edge.plain_within = std::min(spec.timeout == 0 ? never : spec.timeout, spec.deadline == 0 ? never : spec.deadline);
}

// The edges along which plain hops run on into one another.
void chain_plain_edges(Graph& graph) {
    for (auto& edge : graph.edges) {
        if (edge->plain_within < 0 || edge->to->exclusive || edge->to->outlets.empty()) continue;
        const Edge* next = edge->to->outlets.front().only;
        if (next == nullptr || next->async || next->plain_within < 0 || next->to->exclusive) continue;
        edge->next = next;
    }
}

}  // namespace

Graph lay_out(const flow::Checked& checked, bool traced) {
    Graph graph;
    for (std::uint32_t i = 0; i < checked.flow.nodes.size(); ++i) {
        graph.nodes.push_back(std::make_unique<Node>());
        make_node(*graph.nodes.back(), i, checked);
    }
    for (std::uint32_t i = 0; i < checked.flow.edges.size(); ++i) {
        graph.edges.push_back(std::make_unique<Edge>());
        make_edge(graph, *graph.edges.back(), i, checked);
    }
    judge_subtrees(graph);
    for (auto& edge : graph.edges) judge(*edge, traced);
    chain_plain_edges(graph);
    number_parts(graph);
    return graph;
}

trace::Names names_of(const flow::Checked& checked) {
    trace::Names names;
    names.flow = checked.flow.name;
    for (std::size_t i = 0; i < checked.flow.nodes.size(); ++i) {
        names.nodes.push_back(checked.flow.nodes[i].name);
        auto& ports = names.input_ports.emplace_back();
        for (const flow::PortInfo& port : checked.nodes[i].ports.inputs) ports.push_back(port.name);
    }
    for (const flow::EdgeSpec& edge : checked.flow.edges) names.edges.push_back(shown(checked, edge));
    return names;
}

}  // namespace flowrun::engine
