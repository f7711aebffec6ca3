#pragma once
// All that goes with a run and may be used for as long as foreign code of it runs: kept for ever where that never returns.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {

// What an async edge's messages are kept in; nullptr: the ring in memory.
using Queues = std::function<std::unique_ptr<queue::Queue>(const Edge&)>;
using Letters = std::function<std::shared_ptr<DeadLetters>(const Edge&)>;

class Run {
public:
    Run(World& world, const flow::Checked& checked, trace::Observer* observer, Reporter& reporter, unsigned cores,
        std::uint64_t seed, const Queues& queues, const Letters& letters = {});

    RunContext context;
    std::vector<std::unique_ptr<AsyncEdge>> queues;

    // The threads without which no message can be dealt with; false: the system refuses them.
    bool start_threads();
    // Each on a thread of its own: `run` of a source, `end` of a node. They hold a unit of their node's part. An empty thread: the
    // system refuses it. The source has not run then, and the run is told to end; the `end` was called by this very thread.
    World::Thread start_source(Node& node);
    // `until`: an instance that is still in a call by then is not ended.
    World::Thread start_end(Node& node, Time until);
    // `commit` of a node, on a thread of its own as well.
    World::Thread start_commit(Node& node);
    bool starved() const { return starved_.load(); }                     // ended early, for want of threads or memory
    std::uint32_t sources_left() const { return sources_left_.load(); }  // that have not returned from `run`
    // Of all calls into components that were begun by the run itself, those that have not returned.
    std::uint32_t calls_left() const { return calls_left_.load(); }

    // No thread of ours is in the run any more, but for those that are stuck for ever. Once; nothing may be in progress.
    void end_threads(bool stuck);

private:
    // `stop` of components, on one of the scheduler's threads: it may take its time.
    class StopCalls final : public Task {
    public:
        StopCalls(Run& run, bool sources) : run_(run), sources_(sources) {}
        void post();
        void run(Thread& thread) override;

    private:
        Run& run_;
        const bool sources_;
        std::atomic<bool> posted_{false};
    };

    void choose_takes();
    void look_after_threads();
    void look_after_memory();
    void shut_down(Shutdown::Phase phase);
    void run_source(Node& node);
    void run_end(Node& node, Time until);
    void run_commit(Node& node);
    void not_ended(const Node& node);
    void end_call(Call& call, std::int32_t status);
    CallResult route_end(Call& call, CallResult failed);
    void returned();

    std::atomic<std::uint32_t> sources_left_{0}, calls_left_{0};
    std::atomic<bool> starved_{false};
    bool told_refused_ = false;  // the watchdog's alone
    StopCalls stop_sources_{*this, true}, stop_others_{*this, false};
};

}  // namespace flowrun::engine
