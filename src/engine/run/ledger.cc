#include "engine/run/ledger.hh"

#include <algorithm>
#include <utility>

namespace flowrun::engine {
namespace {

// How many runs of plain hops went through each edge: those that began there, and those that came from before and went on.
class Through {
public:
    explicit Through(RunContext& run) : runs_(run.graph.edges.size()), unknown_(runs_.size()) {
        run.each_context([&](ThreadContext& thread) {
            for (std::size_t i = 0; i < runs_.size(); ++i) {
                runs_[i].through += thread.runs[i].begun.load(std::memory_order_relaxed);
                runs_[i].ended += thread.runs[i].ended.load(std::memory_order_relaxed);
            }
        });
        add_up(run.graph);
    }
    std::uint64_t operator[](std::uint32_t edge) const { return runs_[edge].through; }

private:
    // Each edge once those before it are known; sync edges have no cycles.
    void add_up(const Graph& graph) {
        std::vector<const Edge*> known;
        for (auto& edge : graph.edges) {
            if (edge->next != nullptr) ++unknown_[edge->next->index];
        }
        for (auto& edge : graph.edges) {
            if (unknown_[edge->index] == 0) known.push_back(edge.get());
        }
        while (!known.empty()) {
            const Edge& edge = *known.back();
            known.pop_back();
            if (edge.next == nullptr) continue;
            runs_[edge.next->index].through += runs_[edge.index].through - runs_[edge.index].ended;
            if (--unknown_[edge.next->index] == 0) known.push_back(edge.next);
        }
    }

    struct Sums {
        std::uint64_t through = 0, ended = 0;
    };
    std::vector<Sums> runs_;
    std::vector<std::uint32_t> unknown_;
};

void add_up(Account& account, const Counts& c) {
    auto read = [](const Counts::Number& number) { return number.load(std::memory_order_relaxed); };
    account.accepted += read(c.accepted);
    account.ok += read(c.ok);
    account.filtered += read(c.filtered);
    account.dropped += read(c.dropped);
    account.claimed += read(c.claimed);
    account.failed += read(c.failed);
    account.retried += read(c.retried);
    account.late += read(c.late);
}

// Of a plain hop nothing is counted before its end; of an attempt its owner knows.
void add_unfinished(RunContext& run, Ledger& ledger) {
    run.each_context([&](ThreadContext& thread) {
        thread.stack.look([&](const Edge& newest, const Edge* first) {
            if (first != nullptr && first->async) first = first == &newest ? nullptr : first->next;
            for (const Edge* edge = first; edge != nullptr; edge = edge == &newest ? nullptr : edge->next) {
                ++ledger.edges[edge->index].accepted;
            }
        });
    });
    for (Account& account : ledger.edges) {
        if (account.async) continue;
        const std::uint64_t done = account.ok + account.filtered + account.claimed + account.failed;
        account.left = account.accepted - std::min(account.accepted, done);
    }
}

// Of a queue that answers later: a push that it has not answered may be held, or not, and what it gave out again is counted
// once. A message that was dealt with was held, whether it has said so or not.
void leave_unanswered_out(Account& account) {
    const std::uint64_t done = account.ok + account.filtered + account.dropped + account.claimed + account.failed;
    account.accepted = std::max(account.accepted + account.found, done) - account.found;
    account.left = account.accepted + account.found - done;
}

}  // namespace

bool Ledger::adds_up() const {
    return std::all_of(edges.begin(), edges.end(), [](const Account& a) { return a.adds_up(); });
}

std::uint64_t Ledger::dropped() const {
    std::uint64_t sum = 0;
    for (const Account& account : edges) sum += account.dropped;
    return sum;
}

bool Ledger::failed() const {
    // What fails on a sync edge, or in the steps before a queue, goes to the emitter, which may have dealt with it; at a root
    // it is counted as such.
    auto lost = [](const Account& a) { return a.left != 0; };
    return raised != 0 || root_failed != 0 || unclaimed != 0 || refused != 0 || !adds_up() ||
           std::any_of(edges.begin(), edges.end(), lost);
}

Ledger ledger_of(RunContext& run, const std::vector<std::unique_ptr<AsyncEdge>>& queues, bool clean) {
    Ledger ledger;
    const Through through(run);
    for (auto& edge : run.graph.edges) {
        Account& account = ledger.edges.emplace_back();
        account.edge = edge->name;
        account.async = edge->async;
        account.elsewhere = edge->from->elsewhere && (edge->to->elsewhere || !edge->expressions->queue);
        run.each_context([&](ThreadContext& thread) { add_up(account, thread.counts[edge->index]); });
        account.accepted += through[edge->index];
        account.ok += through[edge->index];
    }
    for (auto& queue : queues) {
        Account& account = ledger.edges[queue->edge().index];
        account.accepted += queue->accepted_late();
        account.left = queue->in_flight();
        account.found = queue->found();
        account.failed += queue->damaged();
        account.dropped += queue->removed();
        if (queue->answers_later()) leave_unanswered_out(account);
        if (queue->durable()) std::swap(account.left, account.persisted);
        account.persisted += std::min(account.left, queue->spilled());
        if (!queue->durable()) account.left -= account.persisted;
        account.again = queue->again();
        account.lapsed = queue->lapsed();
        account.in_doubt = queue->in_doubt();
    }
    if (!clean) add_unfinished(run, ledger);
    ledger.raised = run.totals.raised.load();
    ledger.root_failed = run.totals.root_failed.load();
    ledger.unclaimed = run.totals.unclaimed.load();
    ledger.refused = run.totals.refused.load();
    ledger.handled = run.totals.handled.load();
    run.each_context([&](ThreadContext& thread) { ledger.messages += thread.begun.load(std::memory_order_relaxed); });
    return ledger;
}

}  // namespace flowrun::engine
