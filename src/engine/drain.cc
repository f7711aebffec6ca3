// The runner's waits: for the sources, then for the rest, part by part from the sources down.

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/crash.hh"
#include "engine/lane.hh"
#include "engine/pump.hh"
#include "engine/run.hh"
#include "engine/runner.hh"
#include "engine/stalls.hh"

namespace flowrun::engine {

// When the wait in progress is over: the drain's deadline once the run was told to stop, till then the run's own.
Time Runner::limit() const {
    Time stop = stop_time_.load();
    return stop == never ? end_ : after(stop, options_.drain_timeout);
}

// Waits in the run's own thread, which has time to look for stalls. A stop or the end of the run's time may come meanwhile.
template <class Done>
bool Runner::wait_for(Done&& done) {
    for (;;) {
        Time until = limit();
        auto done_or_sooner = [&] { return done() || limit() < until; };
        run_->wait_for(done_or_sooner, std::min(until, stalls_->next_look()));
        if (done()) return true;
        if (run_->cancelled.load()) return false;
        stalls_->look();
        if (world_.now() < limit()) continue;
        if (stop_time_.load() != never) return false;
        timed_out_ = true;
        stop();
    }
}

bool Runner::wait_for_sources() {
    auto ended = [&] { return run_->sources_left.load() == 0; };
    // A reader that went away stops the run from within, and gives it no time yet.
    auto ended_or_stopping = [&] { return ended() || (run_->stdout_closed.load() && stop_time_.load() == never); };
    if (!wait_for(ended_or_stopping)) return false;
    if (ended()) return true;
    Time unset = never;
    stop_time_.compare_exchange_strong(unset, world_.now());
    return wait_for(ended);
}

bool Runner::quiet(std::uint32_t part) const {
    for (auto& node : run_->graph.nodes) {
        if (node->part != part) continue;
        if (node->open.load() != 0) return false;
        for (Edge* edge : node->inputs) {
            if (edge->pump && !edge->pump->quiet()) return false;
        }
    }
    return true;
}

bool Runner::close_part(std::uint32_t part) {
    auto is_quiet = [&] { return quiet(part); };
    for (auto& node : run_->graph.nodes) {
        if (node->part != part) continue;
        for (Edge* edge : node->inputs) {
            if (edge->pump) edge->pump->flush();
        }
    }
    if (!wait_for(is_quiet)) return false;
    for (auto& node : run_->graph.nodes) {
        if (node->part == part && !node->source && !run_->cancelled.load()) end_node(*node);
    }
    // `end` may have emitted into its own part.
    if (!wait_for(is_quiet)) return false;
    for (auto& node : run_->graph.nodes) {
        if (node->part == part) node->closed.store(true);
    }
    // A call may have begun after the last look; from here on none can.
    return wait_for(is_quiet);
}

// On a thread of its own: it may emit, and wait, and never come back, and the drain has a deadline. Its part is not quiet
// before it has ended.
void Runner::end_node(Node& node) {
    if (node.table.end == nullptr || std::exchange(node.ended, true)) return;
    run_->threads_left.fetch_add(1);
    node.open.fetch_add(1);
    threads_.push_back(world_.start("end-" + node.name, [&run = *run_, &node] { end_instances(run, node); }));
}

// The drain was cut short: nothing more comes, and what a component holds back it may still write. Emits are refused by now.
// One that is in a call, or has still to answer one, is left alone.
void Runner::end_rest() {
    std::vector<bool> busy(run_->graph.nodes.size());
    run_->each_lane([&](const Lane& lane) {
        lane.trail.look([&](const Edge& edge, const Edge*) { busy[edge.to->index] = true; });
    });
    for (const Edge* edge : in_delivery()) busy[edge->to->index] = true;
    for (auto& node : run_->graph.nodes) {
        if (!node->source && !busy[node->index] && node->open.load() == 0) end_node(*node);
    }
}

// Touches the run alone, never the runner, which it may outlive.
void Runner::end_instances(Run& run, Node& node) {
    Lane& lane = run.new_lane();
    run.use_here(lane);
    for (std::uint32_t i = 0; i < node.instances(); ++i) {
        if (node.gated && node.gate.enter(lane, &lane, never, i) == Gate::any) break;
        Call call;
        call.lane = &lane;
        call.node = &node;
        call.kind = Call::Kind::root;
        node.entered.store(true);
        std::int32_t status = guarded(node, node.table.end, node.self_of(i), handle_of(call));
        node.entered.store(false);
        if (node.gated) node.gate.leave(lane, i);
        end_root(run, call, status);
    }
    node.open.fetch_sub(1);
    run.threads_left.fetch_sub(1);
    run.progress();
}

bool Runner::drain() {
    for (std::uint32_t part = 0; part < run_->graph.parts; ++part) {
        if (!close_part(part) || run_->cancelled.load()) return false;
    }
    return true;
}

}  // namespace flowrun::engine
