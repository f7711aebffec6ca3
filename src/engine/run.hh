#pragma once
// A run in progress: what all lanes share. Runner (runner.hh) makes one, lets it live and ends it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/world.hh"
#include "engine/graph.hh"
#include "engine/ledger.hh"
#include "engine/pool.hh"
#include "engine/report.hh"
#include "engine/timers.hh"
#include "engine/watch.hh"
#include "expr/frame.hh"
#include "queue/meta.hh"
#include "trace/ids.hh"
#include "trace/span.hh"

namespace flowrun::engine {

class Lane;
struct Node;

class Run final : public expr::Surroundings {
public:
    Run(World& world, const flow::Checked& checked, trace::Observer* observer, Reporter& reporter, unsigned cores,
        std::uint64_t seed);
    ~Run() override;

    // What now() and uuid() read.
    std::int64_t now() override;
    std::uint64_t random() override;
    expr::Slot slots() const { return slots_; }

    World& world;
    const flow::Checked& checked;
    trace::Observer* const observer;  // nullptr: not traced
    Reporter& reporter;
    Graph graph;
    trace::Ids ids;
    Watch watch;
    Pool pool;
    Timers timers;

    trace::TraceId trace;  // of TRACEPARENT; zero: each root message has its own
    trace::SpanId trace_parent = 0;

    // First signal, --max-time or --max-messages: sources end, the rest is drained. Second: everything ends now.
    std::atomic<bool> stopping{false};
    std::atomic<std::uint32_t> sources_left{0};  // that have not ended
    std::atomic<std::uint32_t> threads_left{0};  // of sources, and of components' `end`, that have not returned
    std::atomic<bool> draining{false};           // all sources have ended
    std::atomic<bool> cancelled{false};
    // The reader of stdout went away.
    std::atomic<bool> stdout_closed{false};
    void stop();
    void cancel();
    // Nobody has time any more: what is in backoff is tried once more at once, and nothing is tried again after that.
    void hurry();
    bool hurried() const { return hurried_.load(); }
    bool retries() const { return !cancelled.load(std::memory_order_relaxed) && !hurried(); }

    // A lane for a new thread of the run; for the calling thread, made when it has none.
    Lane& new_lane();
    Lane& lane_here();
    Lane* lane_if_here() const;  // nullptr: it has none
    // The run that the process is in; nullptr: none.
    static Run* current();
    void use_here(Lane& lane);
    // Calls fn(Lane&) for every lane, with the list locked.
    template <class F>
    void each_lane(F&& fn) {
        std::scoped_lock lock(lanes_mutex_);
        for (auto& lane : lanes_) fn(*lane);
    }

    // A place where in virtual time another thread may go first. Nothing but a test of a flag in the machine's.
    void step() {
        if (steps_) [[unlikely]]
            world.step();
    }

    // The wall clock at a time of the run's: one reading a run, so that spans of one run never run backwards.
    std::int64_t wall_of(Time t) const { return t + wall_offset_; }

    std::uint64_t message_numbers(std::uint64_t n);  // the first of n new ones
    // A source emits a message.
    void began_message(Lane& lane);
    std::uint64_t max_messages = 0;  // 0: unbounded; set before the sources run

    std::atomic<std::uint64_t> root_failed{0}, raised{0};
    std::atomic<std::uint64_t> unclaimed{0};   // failed deliveries of async edges, for which nobody waits
    std::atomic<std::uint64_t> refused{0};     // emits of sources cut short by the end of the run
    std::atomic<std::uint32_t> room_waits{0};  // threads that wait for room in a queue
    std::atomic<std::uint32_t> hung{0};        // abandoned calls that have not come back

    // A timer whose job is in the run: set by whoever starts one, so that the end waits for a job that has just begun.
    World::TimerId at(Time when, World::Job job) {
        used_timers_.store(true, std::memory_order_relaxed);
        return world.at(when, std::move(job));
    }

    // No thread of ours is in the run any more, but for abandoned ones. Once; nothing may be in progress.
    void end_threads();

    // The world may go: whoever asks from outside of a call from now on is not answered by this run.
    static void leave();

    // Something ended that a drain may be waiting for.
    void progress();
    // A call that a node began by itself has ended. While sources run nobody waits for that; a drain waits for a node that
    // has none left and whose queues are quiet (a queue that becomes so later tells of it).
    void ended(const Node& node);
    // Waits until `done()`, looked at after each progress, or `until`; false: not done.
    template <class F>
    bool wait_for(F&& done, Time until, bool though_cancelled = false) {
        std::unique_lock lock(progress_mutex_);
        while (!done()) {
            if ((cancelled.load() && !though_cancelled) || !world.wait(progressed_, lock, until)) return done();
        }
        return true;
    }

    // `clean`: nothing is in progress any more, so that every account must add up.
    Ledger ledger(bool clean);
    // A delivery of an async edge has its final result; of a failure lane.error, and lane.claimed. Clears both.
    // False: it was cut short by the end of the run, and is left behind.
    bool settled(Lane& lane, const Edge& edge, const queue::Meta& meta, std::int32_t status);
    void report(const Node* node, const Edge* edge, const queue::Meta* meta, const Error& error);

private:
    void add_hung(Ledger& ledger);
    void wait_for_timers();

    std::atomic<bool> used_timers_{false};
    std::atomic<bool> hurried_{false};
    const bool steps_;
    expr::Slot slots_;
    const std::int64_t wall_offset_;
    const std::uint64_t id_;  // of this run among those of the process
    std::uint64_t seed_;
    std::mutex lanes_mutex_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::atomic<std::uint64_t> next_number_{1};
    std::mutex progress_mutex_;
    Condition progressed_;
};

}  // namespace flowrun::engine
