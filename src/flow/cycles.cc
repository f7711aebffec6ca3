#include <algorithm>
#include <deque>
#include <unordered_map>

#include <fmt/format.h>

#include "flow/wiring.hh"

namespace flowrun::flow {

namespace {

using Index = std::uint32_t;

// The edges of a flow that make their emitter wait, by the node that they leave.
class Waiting {
public:
    Waiting(const Flow& flow, const std::vector<bool>& joined, bool async_too) : flow_(flow), out_(flow.nodes.size()) {
        for (Index i = 0; i < flow.edges.size(); ++i) {
            const EdgeSpec& edge = flow.edges[i];
            const bool waits = edge.mode == Mode::sync || (async_too && edge.overflow == Overflow::block);
            if (joined[i] && waits) out_[edge.from.node_index].push_back(i);
        }
    }

    // A shortest cycle through each strongly connected part that has one, as edges in their order.
    std::vector<std::vector<Index>> cycles() {
        number_.assign(flow_.nodes.size(), 0);
        low_.assign(flow_.nodes.size(), 0);
        part_.assign(flow_.nodes.size(), no_part);
        for (Index node = 0; node < flow_.nodes.size(); ++node) {
            if (number_[node] == 0) visit(node);
        }
        std::vector<std::vector<Index>> found;
        std::vector<bool> told(parts_);
        for (Index node = 0; node < flow_.nodes.size(); ++node) {
            if (told[part_[node]]) continue;
            auto cycle = shortest(node);
            if (cycle.empty()) continue;
            told[part_[node]] = true;
            found.push_back(std::move(cycle));
        }
        return found;
    }

private:
    static constexpr Index no_part = 0xFFFFFFFF;

    // Tarjan's, with a stack of its own: a chain may be as long as a flow has nodes.
    void visit(Index root) {
        struct Step {
            Index node;
            std::size_t next;
        };
        std::vector<Step> steps{{root, 0}};
        while (!steps.empty()) {
            Step& step = steps.back();
            const Index node = step.node;
            if (step.next == 0) {
                number_[node] = low_[node] = ++count_;
                stack_.push_back(node);
            }
            if (step.next < out_[node].size()) {
                const Index target = flow_.edges[out_[node][step.next++]].to.node_index;
                if (number_[target] == 0) steps.push_back({target, 0});
                else if (part_[target] == no_part) low_[node] = std::min(low_[node], number_[target]);
                continue;
            }
            if (low_[node] == number_[node]) close_part(node);
            steps.pop_back();
            if (!steps.empty()) low_[steps.back().node] = std::min(low_[steps.back().node], low_[node]);
        }
    }

    void close_part(Index node) {
        for (;;) {
            const Index top = stack_.back();
            stack_.pop_back();
            part_[top] = parts_;
            if (top == node) break;
        }
        ++parts_;
    }

    // From `start` back to it by as few edges as possible, without leaving its part.
    std::vector<Index> shortest(Index start) const {
        std::unordered_map<Index, Index> by;  // the edge by which each node was found
        std::deque<Index> open{start};
        while (!open.empty()) {
            const Index node = open.front();
            open.pop_front();
            for (const Index edge : out_[node]) {
                const Index target = flow_.edges[edge].to.node_index;
                if (part_[target] != part_[start] || !by.emplace(target, edge).second) continue;
                if (target == start) return back(by, start);
                open.push_back(target);
            }
        }
        return {};
    }

    std::vector<Index> back(const std::unordered_map<Index, Index>& by, Index start) const {
        std::vector<Index> edges;
        Index node = start;
        do {
            edges.push_back(by.at(node));
            node = flow_.edges[edges.back()].from.node_index;
        } while (node != start);
        std::reverse(edges.begin(), edges.end());
        return edges;
    }

    const Flow& flow_;
    std::vector<std::vector<Index>> out_;
    std::vector<Index> number_, low_, part_, stack_;
    Index count_ = 0, parts_ = 0;
};

// `a -> b ~> a`, with the port where it is the one for errors.
std::string shown(const Flow& flow, const std::vector<Index>& cycle) {
    constexpr std::size_t most = 30;
    std::string out;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
        const EdgeSpec& edge = flow.edges[cycle[i]];
        if (i < most) {
            out += edge.from.node;
            if (takes_failures(edge.from)) out += "." + edge.from.port;
            out += edge.mode == Mode::sync ? " -> " : " ~> ";
        } else if (i == most) {
            out += fmt::format("({} more) -> ", cycle.size() - most);
        }
    }
    return out + flow.edges[cycle[0]].from.node;
}

}  // namespace

void check_cycles(const Flow& flow, const std::vector<bool>& joined, const Diagnostics& diagnostics) {
    std::vector<bool> told(flow.edges.size());
    for (const auto& cycle : Waiting(flow, joined, false).cycles()) {
        for (const Index edge : cycle) told[edge] = true;
        diagnostics.error(flow.edges[cycle.back()].place,
                          "a cycle of sync edges waits for itself: " + shown(flow, cycle),
                          "make one of its edges async with '~>', with an overflow other than block");
    }
    for (const auto& cycle : Waiting(flow, joined, true).cycles()) {
        const bool again = std::all_of(cycle.begin(), cycle.end(), [&](Index edge) { return told[edge]; });
        if (again) continue;
        const auto async =
            std::find_if(cycle.begin(), cycle.end(), [&](Index edge) { return flow.edges[edge].mode == Mode::async; });
        if (async == cycle.end()) continue;
        diagnostics.error(
            flow.edges[*async].place,
            "every queue of this cycle blocks when it is full, so that it can stall: " + shown(flow, cycle),
            "give this edge overflow: error, drop_newest or drop_oldest");
    }
}

}  // namespace flowrun::flow
