#pragma once
// What all threads of a run share. The runner (run/runner.hh) makes it, lets the run live and ends it; a call reaches it
// through its thread.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "base/world.hh"
#include "engine/call/ahead.hh"
#include "engine/call/fan_line.hh"
#include "engine/call/in_place.hh"
#include "engine/call/receipts.hh"
#include "engine/call/report.hh"
#include "engine/call/thread_context.hh"
#include "engine/graph/graph.hh"
#include "engine/room/in_flight.hh"
#include "engine/room/instance_lock.hh"
#include "engine/room/quarantine.hh"
#include "engine/schedule/component_timers.hh"
#include "engine/schedule/scheduler.hh"
#include "engine/schedule/shutdown.hh"
#include "engine/schedule/threads.hh"
#include "engine/schedule/timers.hh"
#include "engine/schedule/watchdog.hh"
#include "expr/frame.hh"
#include "queue/meta.hh"
#include "trace/ids.hh"

namespace flowrun::engine {

// What happens to a node while the run goes.
struct NodeState {
    std::unique_ptr<InstanceLock> lock;         // of an actor
    std::atomic<const char*> entered{nullptr};  // "run", "end" or "commit": it was called and has not returned
    std::atomic<std::uint32_t> pending{0};      // calls that will answer later
    std::atomic<std::uint32_t> abandoned{0};    // calls that were given up and have not come back
    std::atomic<std::uint32_t> spontaneous{0};  // open calls that no message began
    // Of a source: it was still at work when it learnt that the run was stopped; it has no end of its own; it tells somebody
    // outside of what failed.
    std::atomic<bool> told_to_stop{false}, endless{false}, answers{false};
    std::atomic<bool> reader_gone{false};  // it writes to stdout, and has said that nobody reads that any more
    InPlace in_place;
    Ahead ahead;                                  // of a source
    std::vector<std::unique_ptr<FanLine>> lines;  // likewise, by port; its thread's
};

// Sums of the run that belong to no edge.
struct Totals {
    std::atomic<std::uint64_t> begun{0};        // messages of sources, counted here only where there is a limit
    std::atomic<std::uint64_t> root_failed{0};  // failures of what no message began, that no error route took
    std::atomic<std::uint64_t> raised{0};       // the same of single records
    std::atomic<std::uint64_t> unclaimed{0};    // failed deliveries of async edges, for which nobody waits
    std::atomic<std::uint64_t> refused{0};      // emits of sources cut short by the end of the run
    std::atomic<std::uint64_t> handled{0};      // failures that an error route took
    std::atomic<std::uint32_t> abandoned{0};    // calls that were given up and have not come back
};

class RunContext final : public expr::Surroundings {
public:
    RunContext(World& world, const flow::Checked& checked, trace::Observer* observer, Reporter& reporter,
               unsigned cores, std::uint64_t seed);
    ~RunContext() override;

    // What now() and uuid() of expressions read.
    std::int64_t now() override { return world.wall(); }
    std::uint64_t random() override { return ids.trace().low; }
    expr::Slot slots() const { return slots_; }

    World& world;
    const flow::Checked& checked;
    trace::Observer* const observer;  // nullptr: not traced
    Reporter& reporter;
    Graph graph;
    trace::Ids ids;
    Shutdown shutdown;
    Threads threads;
    Watchdog watchdog;
    Scheduler scheduler;
    Timers timers;
    ComponentTimers component_timers;
    Totals totals;
    Quarantine quarantine;
    Receipts receipts;

    trace::TraceId trace;  // of TRACEPARENT; zero: each message of a source has its own
    trace::SpanId trace_parent = 0;
    bool trace_sampled = true;
    // Whether messages carry the time of their first emit: reading the clock costs as much as a hop. Set from the beginning
    // where the trace or an expression asks for it; by a component that asks later, of whatever is emitted from then on.
    std::atomic<bool> asks_for_time;
    std::uint64_t max_messages = 0;  // 0: unbounded; set before the sources run
    bool until_empty = false;  // who takes from a queue that others share ends when nothing is in it; set before too

    InFlight& part(std::uint32_t number) { return parts_[number]; }
    InFlight& part_of(const Node& node) { return parts_[node.part]; }
    NodeState& state_of(const Node& node) { return states_[node.index]; }

    // --- threads ---

    ThreadContext& new_context();   // for a new thread of the run
    ThreadContext& context_here();  // of the calling thread, made where it has none
    ThreadContext* context_if_here() const;
    // The calling thread's, of the run that the process is in; for signal handlers too.
    static const ThreadContext* context_now();
    void enter_here(ThreadContext& context);
    template <class F>
    void each_context(F&& fn) {
        threads.each([&](Thread& thread) { fn(context_of(thread)); });
    }
    // The run that the process is in; nullptr: none.
    static RunContext* current();
    // The world may go: whoever asks from outside of a call from now on is not answered by this run.
    static void leave();

    // A place where in simulated time another thread may go first. Nothing but a test of a flag in the machine's.
    void step() {
        if (steps_) [[unlikely]]
            world.step();
    }
    // The wall clock at a time of the run's: one reading a run, so that spans of one run never run backwards.
    std::int64_t wall_of(Time t) const { return t + wall_offset_; }

    // --- messages ---

    std::uint64_t next_number() { return next_number_.fetch_add(1, std::memory_order_relaxed); }
    // A source was at work when the run was stopped, and is being told so.
    void tell_to_stop(const Node& source) {
        if (shutdown.hurried()) state_of(source).told_to_stop.store(true, std::memory_order_relaxed);
    }
    // A source that had ended before it learnt of the stop is whole, and one that has no end cannot be.
    bool cut_short(const Node& node) const {
        const NodeState& state = states_[node.index];
        return node.source && state.told_to_stop.load() && !state.endless.load();
    }
    bool cut_short() const {  // any of them
        return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                           [this](const auto& node) { return cut_short(*node); });
    }
    // A source begins a message; false: it has begun as many as it may.
    bool begin_message(ThreadContext& thread);
    void report(const Node* node, const Edge* edge, const queue::Meta* meta, const Error& error);

    // --- the end ---

    // Moves the end of the run on to this phase, and does what belongs to it: waiting threads are woken, and `on_shutdown`
    // is called with the phase. Any thread.
    void shut_down(Shutdown::Phase phase);
    std::function<void(Shutdown::Phase)> on_shutdown;  // set before the sources run; waits for nothing
    // The reader of stdout went away: no failure, but the run ends.
    bool stdout_closed() const { return stdout_closed_.load(); }
    bool retries() const { return !shutdown.hurried(); }

    // Something happened that the runner's thread may be waiting for.
    void progress();
    // The end of the run waits for what queues still have to answer; before, nobody is woken for that.
    std::atomic<bool> hears_queues{false};
    // Waits until `done()`, looked at after each progress, or `until`; false: not done.
    template <class F>
    bool wait_for(F&& done, Time until) {
        MutexLock lock(progress_mutex_);
        while (!done()) {
            if (!world.wait(progressed_, lock, until)) return done();
        }
        return true;
    }

private:
    void make_states();
    bool is_of_gone_reader(const Error& error) const;

    const bool steps_;
    const expr::Slot slots_;
    const std::int64_t wall_offset_;
    const std::uint64_t id_;  // of this run among those of the process
    std::atomic<std::uint64_t> seed_;
    std::deque<InFlight> parts_;
    std::deque<NodeState> states_;
    alignas(64) std::atomic<std::uint64_t> next_number_{1};
    std::atomic<bool> stdout_closed_{false};
    Mutex progress_mutex_{LockRank::progress};  // of no data: so that none who waits misses a progress
    Condition progressed_;
};

}  // namespace flowrun::engine
