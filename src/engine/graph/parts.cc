#include "engine/graph/parts.hh"

#include <algorithm>
#include <utility>

namespace flowrun::engine {
namespace {

// Tarjan's strongly connected parts, without recursion. They come out from the sinks up; numbered from the sources down.
class Parts {
public:
    explicit Parts(Graph& graph) : graph_(graph), of_(graph.nodes.size()) {}

    void number() {
        for (auto& node : graph_.nodes) {
            if (of_[node->index].order == 0) visit(*node);
        }
        graph_.parts.resize(count_parts_);
        for (auto& node : graph_.nodes) {
            node->part = count_parts_ - 1 - node->part;
            graph_.parts[node->part].push_back(node.get());
        }
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

    static void add_targets(Visit& visit, const Outlet& outlet) {
        for (const Edge* edge : outlet.edges) visit.targets.push_back(edge->to);
    }

    void open(Node& node) {
        of_[node.index] = {++count_, count_, true};
        stack_.push_back(&node);
        Visit visit{&node, {}, 0};
        for (const Outlet& outlet : node.outlets) add_targets(visit, outlet);
        add_targets(visit, node.error);
        add_targets(visit, node.failed);
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
            node->part = count_parts_;
        } while (node != &root);
        ++count_parts_;
    }

    Graph& graph_;
    std::vector<Mark> of_;
    std::vector<Node*> stack_;
    std::vector<Visit> visits_;
    std::uint32_t count_ = 0, count_parts_ = 0;
};

}  // namespace

void number_parts(Graph& graph) { Parts(graph).number(); }

}  // namespace flowrun::engine
