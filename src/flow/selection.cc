#include "flow/selection.hh"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "flow/queues.hh"
#include "flow/suggest.hh"

namespace flowrun::flow {
namespace {

class Selector {
public:
    Selector(const Flow& flow, std::vector<CheckedNode>& nodes, std::vector<CheckedEdge>& edges, bool before_run,
             const Diagnostics& diagnostics)
        : flow_(flow), nodes_(nodes), edges_(edges), before_run_(before_run), diagnostics_(diagnostics) {}

    // False: one of them is none of the flow's.
    bool keep(const std::vector<std::string>& only) {
        std::vector<std::string> names;
        for (const NodeSpec& node : flow_.nodes) names.push_back(node.name);
        for (CheckedNode& node : nodes_) node.elsewhere = true;
        bool all = true;
        for (const std::string& name : only) {
            const auto at = std::ranges::find(names, name);
            if (at != names.end()) {
                nodes_[static_cast<std::size_t>(at - names.begin())].elsewhere = false;
                continue;
            }
            all = false;
            diagnostics_.error({}, fmt::format("--only: the flow has no node '{}'", name),
                               suggest(name, std::span<const std::string>(names)));
        }
        return all;
    }

    // Whoever runs the sender of an edge that keeps nothing runs its target too: such a node is in several parts.
    void cut() {
        for (std::size_t i = 0; i < edges_.size(); ++i) {
            const EdgeSpec& spec = flow_.edges[i];
            if (is_here(spec.from) == is_here(spec.to)) continue;
            if (edges_[i].queue) {
                edges_[i].leaves = is_here(spec.from);
                if (!edges_[i].queue->shared && !before_run_) warn_of_one_owner(spec, edges_[i]);
                continue;
            }
            if (!is_here(spec.from)) continue;
            const std::string& here = spec.from.node;
            const std::string& there = spec.to.node;
            diagnostics_.error({},
                               fmt::format("--only cuts {} {} {}, and what is sent over it can wait nowhere",
                                           spec.from.node, spec.mode == Mode::async ? "~>" : "->", spec.to.node),
                               spec.mode == Mode::async
                                   ? fmt::format("give the edge a durable queue, or name '{}' beside '{}'", there, here)
                                   : fmt::format("a sync edge is called within one process: name '{}' beside '{}', or "
                                                 "make it ~> with a durable queue",
                                                 there, here));
        }
    }

    // Nothing is taken out of a durable edge, whoever would handle it.
    void leave() {
        bool any = false;
        for (std::size_t i = 0; i < edges_.size(); ++i) {
            if (!edges_[i].queue || !is_here(flow_.edges[i].from)) continue;
            edges_[i].leaves = any = true;
        }
        if (any) return;
        diagnostics_.error({}, "--leave leaves what is put into durable edges, and nothing here puts anything into one",
                           "give an edge a durable queue: queue: \"sqlite:state/name.db\"");
    }

    void must_have_work() const {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (!nodes_[i].elsewhere && nodes_[i].component->source) return;
        }
        for (std::size_t i = 0; i < edges_.size(); ++i) {
            if (edges_[i].queue && is_here(flow_.edges[i].to) && !edges_[i].leaves) return;
        }
        diagnostics_.error(
            {}, "--only leaves nothing to do: no source is among the nodes, and no durable edge leads to one",
            "name a source, or a node behind a durable edge");
    }

private:
    void warn_of_one_owner(const EdgeSpec& spec, const CheckedEdge& edge) const {
        diagnostics_.warning(spec.queue.url->place,
                             fmt::format("--only cuts {} ~> {}, and one process at a time may have {} open",
                                         spec.from.node, spec.to.node, without_password(edge.queue->url)),
                             "run the parts one after the other; a second at the same time ends with exit 75");
    }

    bool is_here(const Endpoint& end) const { return !nodes_[end.node_index].elsewhere; }

    const Flow& flow_;
    std::vector<CheckedNode>& nodes_;
    std::vector<CheckedEdge>& edges_;
    const bool before_run_;
    const Diagnostics& diagnostics_;
};

}  // namespace

void select(const Selection& selection, const Flow& flow, std::vector<CheckedNode>& nodes,
            std::vector<CheckedEdge>& edges, bool before_run, const Diagnostics& diagnostics) {
    Selector selector(flow, nodes, edges, before_run, diagnostics);
    if (!selection.only.empty()) {
        if (!selector.keep(selection.only)) return;
        selector.cut();
    }
    if (selection.leave) selector.leave();
    if (selection.asks_for_part()) selector.must_have_work();
}

}  // namespace flowrun::flow
