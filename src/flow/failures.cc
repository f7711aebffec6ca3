#include "flow/failures.hh"

#include <algorithm>
#include <deque>
#include <vector>

#include <fmt/format.h>

namespace flowrun::flow {

namespace {

using Index = std::uint32_t;

// The edges of a flow by the node that they leave, and which nodes take failures.
class Routes {
public:
    explicit Routes(const Flow& flow) : flow_(flow), out_(flow.nodes.size()), takes_(flow.nodes.size()) {
        for (Index i = 0; i < flow.edges.size(); ++i) {
            const EdgeSpec& edge = flow.edges[i];
            out_[edge.from.node_index].push_back(i);
            Takes& takes = takes_[edge.from.node_index];
            if (edge.from.port_index == error_port) takes.error = true;
            if (edge.from.port_index != failed_port) continue;
            takes.failed = true;
            if (!edge.when) takes.all = true;
        }
    }

    bool takes_own(Index node) const { return takes_[node].error || takes_[node].failed; }
    // What fails in the node or behind it never goes on upward.
    bool takes_all(Index node) const { return takes_[node].all; }

    // Calls fn(edge) for each edge that leaves the node and is a call within the call of the node.
    template <class F>
    void each_call(Index node, F&& fn) const {
        for (const Index i : out_[node]) {
            const EdgeSpec& edge = flow_.edges[i];
            if (edge.mode == Mode::sync && !takes_failures(edge.from)) fn(edge);
        }
    }
    template <class F>
    void each_edge(Index node, F&& fn) const {
        for (const Index i : out_[node]) fn(flow_.edges[i]);
    }

private:
    struct Takes {
        bool error = false, failed = false, all = false;
    };
    const Flow& flow_;
    std::vector<std::vector<Index>> out_;
    std::vector<Takes> takes_;
};

// The nodes that `next` leads to from `start`, which comes first. next(node, reach) calls reach(node) for each.
template <class Next>
std::vector<Index> reached_from(std::size_t nodes, Index start, Next&& next) {
    std::vector<bool> seen(nodes);
    std::vector<Index> order{start};
    seen[start] = true;
    for (std::size_t i = 0; i < order.size(); ++i) {
        next(order[i], [&](Index node) {
            if (!seen[node]) order.push_back(node);
            seen[node] = true;
        });
    }
    return order;
}

// Of an async edge: nobody waits there, and what fails in the node goes no further.
void check_taken(const Flow& flow, const Routes& routes, const EdgeSpec& edge, const Diagnostics& diagnostics) {
    const Index to = edge.to.node_index;
    if (routes.takes_own(to) || !edge.queue.dead_letter.empty()) return;
    const std::string& name = flow.nodes[to].name;
    diagnostics.warning(edge.place,
                        fmt::format("nobody takes what fails in '{}': it is counted, and the run fails", name),
                        fmt::format("add an edge from {}.error", name));
}

// Of an edge from a port for failures, without a `when`: what it leads to is done although it may have been done.
void check_leads_back(const Flow& flow, const Routes& routes, const EdgeSpec& edge, const Diagnostics& diagnostics) {
    const Index from = edge.from.node_index;
    std::vector<bool> guarded(flow.nodes.size());
    guarded[from] = true;
    if (edge.from.port_index == failed_port) {
        const auto behind = reached_from(flow.nodes.size(), from, [&](Index node, auto&& reach) {
            routes.each_call(node, [&](const EdgeSpec& call) { reach(call.to.node_index); });
        });
        for (const Index node : behind) guarded[node] = true;
    }
    const auto led_to = reached_from(flow.nodes.size(), edge.to.node_index, [&](Index node, auto&& reach) {
        routes.each_edge(node, [&](const EdgeSpec& next) {
            if (!next.when) reach(next.to.node_index);
        });
    });
    const auto again = std::find_if(led_to.begin(), led_to.end(), [&](Index node) { return guarded[node]; });
    if (again == led_to.end()) return;
    const std::string& name = flow.nodes[*again].name;
    if (*again == from) {
        diagnostics.warning(edge.place,
                            fmt::format("what fails in '{}' comes back to it, and may do so for ever", name),
                            "use 'retry' on the edge that leads there, or let a 'when' end it");
        return;
    }
    diagnostics.warning(
        edge.place,
        fmt::format("what fails in '{}' or behind it comes back to it over this edge, and is done a second time", name),
        fmt::format("begin the edge at {}.error, which takes what fails in '{}' itself", edge.from.node,
                    edge.from.node));
}

// How often a call may be made for one message, because of the retries above it.
class Attempts {
public:
    Attempts(const Flow& flow, const Routes& routes) : routes_(routes), of_(flow.nodes.size()) {
        std::vector<Index> calls(flow.nodes.size());
        for (const EdgeSpec& edge : flow.edges) {
            if (is_call(edge)) ++calls[edge.to.node_index];
            else begin(edge);
        }
        std::deque<Index> ready;
        for (Index node = 0; node < calls.size(); ++node) {
            if (calls[node] == 0) ready.push_back(node);
        }
        for (; !ready.empty(); ready.pop_front()) {
            routes.each_call(ready.front(), [&](const EdgeSpec& edge) {
                go_on(edge);
                if (--calls[edge.to.node_index] == 0) ready.push_back(edge.to.node_index);
            });
        }
    }

    // Of a sync edge with a retry: the edge whose retry repeats it; nullptr: none does.
    const EdgeSpec* repeated_by(const EdgeSpec& edge) const { return above(edge).outer; }
    std::uint64_t product(const EdgeSpec& edge) const { return above(edge).times * edge.retry.attempts; }

private:
    struct Made {
        std::uint64_t times = 1;
        const EdgeSpec* outer = nullptr;  // the last above with a retry
    };
    static bool is_call(const EdgeSpec& edge) { return edge.mode == Mode::sync && !takes_failures(edge.from); }

    // What fails over the edge goes on upward, to be tried again there, unless it is taken on the way.
    Made above(const EdgeSpec& edge) const {
        const Index from = edge.from.node_index;
        return routes_.takes_all(from) || routes_.takes_all(edge.to.node_index) ? Made{} : of_[from];
    }
    void begin(const EdgeSpec& edge) { raise(edge, {edge.retry.attempts, edge.retry.attempts > 1 ? &edge : nullptr}); }
    void go_on(const EdgeSpec& edge) {
        Made made = above(edge);
        made.times = std::min<std::uint64_t>(made.times * edge.retry.attempts, 1'000'000'000);
        if (edge.retry.attempts > 1) made.outer = &edge;
        raise(edge, made);
    }
    void raise(const EdgeSpec& edge, const Made& made) {
        Made& most = of_[edge.to.node_index];
        if (made.times > most.times) most = made;
    }

    const Routes& routes_;
    std::vector<Made> of_;
};

void check_retries(const Flow& flow, const Routes& routes, const Diagnostics& diagnostics) {
    const Attempts attempts(flow, routes);
    for (const EdgeSpec& edge : flow.edges) {
        if (edge.mode != Mode::sync || takes_failures(edge.from) || edge.retry.attempts == 1) continue;
        const EdgeSpec* outer = attempts.repeated_by(edge);
        if (outer == nullptr) continue;
        const auto retry =
            std::find_if(edge.given.begin(), edge.given.end(), [](const GivenKey& key) { return key.name == "retry"; });
        diagnostics.warning(retry == edge.given.end() ? edge.place : retry->place,
                            fmt::format("'{}' may be tried {} times for one message: the retry on the edge to '{}' "
                                        "repeats all behind it, this retry too",
                                        edge.to.node, attempts.product(edge), outer->to.node),
                            "keep one of the two, or take the failure in between");
    }
}

}  // namespace

void check_failures(const Flow& flow, const Diagnostics& diagnostics) {
    const Routes routes(flow);
    for (const EdgeSpec& edge : flow.edges) {
        if (edge.mode == Mode::async && !takes_failures(edge.from)) check_taken(flow, routes, edge, diagnostics);
    }
    if (diagnostics.issues.errors() != 0) return;
    for (const EdgeSpec& edge : flow.edges) {
        if (takes_failures(edge.from) && !edge.when) check_leads_back(flow, routes, edge, diagnostics);
    }
    check_retries(flow, routes, diagnostics);
}

}  // namespace flowrun::flow
