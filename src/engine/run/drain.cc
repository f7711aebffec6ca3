// The runner's waits: for the sources, then for the rest, part by part from the sources down.

#include <algorithm>

#include "engine/run/runner.hh"

namespace flowrun::engine {

// When the wait in progress is over: the drain's deadline once the run was told to stop, till then the run's own.
Time Runner::limit() const {
    const Time stop = run_->context.shutdown.stopped_at();
    return stop == never ? end_ : after(stop, options_.drain_timeout);
}

// Waits in the run's own thread, which has time to look for stalls, but no longer than `at_most`. A stop or the end of the
// run's time may come meanwhile.
bool Runner::wait_for(const std::function<bool()>& done, Time at_most) {
    RunContext& context = run_->context;
    for (;;) {
        const Time until = std::min(limit(), at_most);
        const auto done_or_sooner = [&] { return done() || context.shutdown.cancelled() || limit() < until; };
        context.wait_for(done_or_sooner, std::min(until, stalls_->next_look()));
        if (done()) return true;
        if (context.shutdown.cancelled()) return false;
        stalls_->look();
        if (world_.now() >= at_most) return false;
        if (world_.now() < limit()) continue;
        if (context.shutdown.stopped_at() != never) return false;
        timed_out_ = true;
        context.shut_down(Shutdown::Phase::stopping);
    }
}

// Counted from when the run first waits for such a call: a natural drain may have taken any time before.
Time Runner::patience() {
    if (patience_ == never) patience_ = after(world_.now(), options_.drain_timeout);
    return patience_;
}

bool Runner::wait_for_sources() {
    return wait_for([&] { return run_->sources_left() == 0; }, never);
}

bool Runner::wait_until_empty(std::uint32_t part) {
    RunContext& context = run_->context;
    InFlight& count = context.part(part);
    if (count.empty()) return !context.shutdown.cancelled();
    count.watch([&context] { context.progress(); });
    const bool empty = wait_for([&] { return count.empty(); }, never);
    count.unwatch();
    return empty;
}

// Its inputs are over: nothing comes into it any more but what it sends itself.
bool Runner::close_part(std::uint32_t part) {
    RunContext& context = run_->context;
    const std::vector<Node*>& nodes = context.graph.parts[part];
    for (const Node* node : nodes) {
        for (const Edge* edge : node->inputs) {
            if (edge->queue != nullptr) edge->queue->flush(options_.drain_timeout);
        }
    }
    if (!wait_until_empty(part)) return false;
    context.part(part).close();
    // A node may have begun something after the last look; from here on none can.
    if (!wait_until_empty(part)) return false;
    for (Node* node : nodes) {
        if (!node->source && !context.shutdown.cancelled()) end_node(*node);
    }
    // `end` may have sent into its own part.
    return wait_until_empty(part);
}

// On a thread of its own: it may emit, and wait, and never come back, and the drain has a deadline. Its part is not over
// before it has ended.
void Runner::end_node(Node& node) {
    if (node.table.end == nullptr || ended_[node.index]) return;
    ended_[node.index] = true;
    const bool is_out = run_->context.state_of(node).abandoned.load() != 0;
    threads_.push_back(run_->start_end(node, is_out ? patience() : after(world_.now(), options_.drain_timeout)));
}

// The drain was cut short: nothing more comes, and what a component holds back it may still write. Emits are refused by now.
// One that is in a call, or has still to answer one, is left alone.
void Runner::end_rest() {
    for (auto& node : run_->context.graph.nodes) {
        if (!node->source && !is_busy(*node)) end_node(*node);
    }
}

// It is in a call, or has still to answer one.
bool Runner::is_busy(const Node& node) const {
    RunContext& context = run_->context;
    const NodeState& state = context.state_of(node);
    bool busy = state.entered.load() != nullptr || state.pending.load() != 0 || state.spontaneous.load() != 0 ||
                in_delivery(node);
    context.each_context([&](const ThreadContext& thread) {
        thread.stack.look([&](const Edge& edge, const Edge*) { busy = busy || edge.to == &node; });
    });
    return busy;
}

// One after another: each is to know what came of those before. One that never returns is the last.
void Runner::commit(Outcome& outcome) {
    constexpr Duration moment = 500 * millisecond;
    RunContext& context = run_->context;
    for (auto& node : context.graph.nodes) {
        const bool ended = node->source || node->table.end == nullptr || ended_[node->index];
        const bool away = is_busy(*node) || context.state_of(*node).abandoned.load() != 0;
        if (node->table.commit == nullptr || !ended || away) continue;
        const std::uint32_t others = run_->calls_left();
        threads_.push_back(run_->start_commit(*node));
        const auto back = [&] { return run_->calls_left() <= others; };
        if (context.wait_for(back, after(world_.now(), outcome.drained ? options_.drain_timeout : moment))) continue;
        outcome.hung = true;
        return;
    }
}

bool Runner::drain() {
    for (std::uint32_t part = 0; part < run_->context.graph.parts.size(); ++part) {
        if (!close_part(part) || run_->context.shutdown.cancelled()) return false;
    }
    return true;
}

}  // namespace flowrun::engine
