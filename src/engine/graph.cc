#include "engine/graph.hh"

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/pump.hh"

namespace flowrun::engine {
namespace {

// `node` alone where it has one port only, else `node.port`.
std::string shown(const flow::Checked& checked, const flow::Endpoint& end, bool out) {
    const flow::Ports& all = checked.nodes[end.node_index].ports;
    const auto& ports = out ? all.outputs : all.inputs;
    const std::string& node = checked.flow.nodes[end.node_index].name;
    if (end.port_index == flow::error_port) return node + ".error";
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
    node.gated = !component.reentrant || spec.instances > 1;
    node.gate.set_places(spec.instances);
    node.source = component.source;
    node.cooperative = component.cooperative;
    node.prompt = component.prompt && component.cooperative && component.reentrant;
    node.outlets.resize(made.ports.outputs.size());
    for (Outlet& outlet : node.outlets) outlet.parallel = spec.parallel_fanout;
    node.error.parallel = spec.parallel_fanout;
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
    edge.async = spec.mode == flow::Mode::async;
    edge.from_error = spec.from.port_index == flow::error_port;
    edge.name = shown(checked, spec);
    Outlet& outlet = edge.from_error ? edge.from->error : edge.from->outlets[spec.from.port_index];
    outlet.edges.push_back(&edge);
    outlet.only = outlet.edges.size() == 1 ? &edge : nullptr;
    edge.to->inputs.push_back(&edge);
}

template <class F>
void each_outlet(const Node& node, F&& fn) {
    for (const Outlet& outlet : node.outlets) fn(outlet);
    fn(node.error);
}

// Walks what a call of `node` may enter on the same stack. Sync edges have no cycles: the check refuses them.
class Reach {
public:
    explicit Reach(std::size_t nodes) : seen_(nodes) {}
    bool cooperative = true, prompt = true;
    std::vector<Edge*> blocking;

    void walk(const Node& node) {
        if (seen_[node.index]) return;
        seen_[node.index] = true;
        cooperative = cooperative && node.cooperative;
        prompt = prompt && node.prompt;
        each_outlet(node, [&](const Outlet& outlet) {
            if (outlet.parallel) prompt = false;
            for (Edge* edge : outlet.edges) {
                if (!edge->async) {
                    if (edge->spec->retry.attempts > 1) prompt = false;
                    walk(*edge->to);
                } else if (edge->spec->overflow == flow::Overflow::block) {
                    blocking.push_back(edge);
                }
            }
        });
    }

private:
    std::vector<bool> seen_;
};

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
    if (!just_called || traced || edge.to->instances() > 1) return;
    edge.plain_within = std::min(spec.timeout == 0 ? never : spec.timeout, spec.deadline == 0 ? never : spec.deadline);
}

bool is_prompt(const Outlet& outlet) {
    return !outlet.parallel && std::all_of(outlet.edges.begin(), outlet.edges.end(), [](const Edge* edge) {
        if (edge->async) return edge->spec->overflow != flow::Overflow::block;
        return edge->spec->retry.attempts == 1 && edge->to->subtree_prompt;
    });
}

// Tarjan's strongly connected parts, without recursion. They come out from the sinks up; numbered from the sources down.
class Parts {
public:
    explicit Parts(Graph& graph) : graph_(graph), of_(graph.nodes.size()) {}

    void number() {
        for (auto& node : graph_.nodes) {
            if (of_[node->index].order == 0) visit(*node);
        }
        for (auto& node : graph_.nodes) node->part = graph_.parts - 1 - node->part;
    }

private:
    struct Mark {
        std::uint32_t order = 0, low = 0;
        bool open = false;
    };
    struct Visit {
        Node* node;
        std::vector<Node*> targets;
        std::size_t next = 0;
    };

    void open(Node& node) {
        of_[node.index] = {++count_, count_, true};
        stack_.push_back(&node);
        Visit visit{&node, {}, 0};
        each_outlet(node, [&](const Outlet& outlet) {
            for (Edge* edge : outlet.edges) visit.targets.push_back(edge->to);
        });
        visits_.push_back(std::move(visit));
    }

    void visit(Node& root) {
        open(root);
        while (!visits_.empty()) {
            Visit& now = visits_.back();
            Mark& mark = of_[now.node->index];
            if (now.next < now.targets.size()) {
                Node& target = *now.targets[now.next++];
                Mark& other = of_[target.index];
                if (other.order == 0) {
                    open(target);
                } else if (other.open) {
                    mark.low = std::min(mark.low, other.order);
                }
                continue;
            }
            Node* done = now.node;
            visits_.pop_back();
            if (!visits_.empty()) {
                Mark& above = of_[visits_.back().node->index];
                above.low = std::min(above.low, mark.low);
            }
            if (mark.low == mark.order) close(*done);
        }
    }

    void close(Node& root) {
        Node* node = nullptr;
        do {
            node = stack_.back();
            stack_.pop_back();
            of_[node->index].open = false;
            node->part = graph_.parts;
        } while (node != &root);
        ++graph_.parts;
    }

    Graph& graph_;
    std::vector<Mark> of_;
    std::vector<Node*> stack_;
    std::vector<Visit> visits_;
    std::uint32_t count_ = 0;
};

}  // namespace

Graph::Graph(const flow::Checked& checked, bool traced) {
    for (std::uint32_t i = 0; i < checked.flow.nodes.size(); ++i) {
        nodes.push_back(std::make_unique<Node>());
        make_node(*nodes.back(), i, checked);
    }
    for (std::uint32_t i = 0; i < checked.flow.edges.size(); ++i) {
        edges.push_back(std::make_unique<Edge>());
        make_edge(*this, *edges.back(), i, checked);
    }
    for (auto& node : nodes) {
        Reach reach(nodes.size());
        reach.walk(*node);
        node->subtree_cooperative = reach.cooperative;
        node->subtree_prompt = reach.prompt && reach.blocking.empty();
        node->blocking = std::move(reach.blocking);
    }
    for (auto& node : nodes) {
        for (Outlet& outlet : node->outlets) outlet.prompt = is_prompt(outlet) && is_prompt(node->error);
    }
    for (auto& edge : edges) judge(*edge, traced);
    for (auto& edge : edges) {
        if (edge->plain_within < 0 || edge->to->gated || edge->to->outlets.empty()) continue;
        const Edge* next = edge->to->outlets.front().only;
        if (next == nullptr || next->async || next->plain_within < 0 || next->to->gated) continue;
        edge->next = next;
    }
    Parts(*this).number();
}

Graph::~Graph() = default;

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
