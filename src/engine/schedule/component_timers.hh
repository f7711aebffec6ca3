#pragma once
// The timers that components set: each runs once, on one of the scheduler's threads, so that it may emit.
// Their places are used again.

#include <cstdint>
#include <deque>
#include <vector>

#include <flowrun/host.h>

#include "base/adaptive_mutex.hh"
#include "base/world.hh"
#include "engine/graph/graph.hh"
#include "engine/schedule/scheduler.hh"
#include "engine/schedule/timers.hh"

namespace flowrun::engine {

class ComponentTimers {
public:
    ComponentTimers(Timers& timers, Scheduler& scheduler);
    ~ComponentTimers();

    // The handle is a number, not an object: asking for one that has run is harmless.
    flowrun_timer* start(const Node& node, Duration delay, flowrun_timer_fn fn, void* user);
    bool cancel(flowrun_timer* timer);  // true: it will not run any more
    // Cancels all; those that have begun to run are waited for by the scheduler's end.
    void stop();

private:
    struct One;
    using Handle = std::uint64_t;  // its place, and how often that has been used
    One& free_one() REQUIRES(mutex_);
    One* waiting(Handle handle) REQUIRES(mutex_);  // nullptr: its time has come, or it was cancelled
    void release_scratch(One& one) REQUIRES(mutex_);

    void due(Handle handle);

    Timers& timers_;
    Scheduler& scheduler_;
    AdaptiveMutex mutex_{LockRank::component_timers};
    std::deque<One> all_ GUARDED_BY(mutex_);  // and what is in them
    std::vector<One*> free_ GUARDED_BY(mutex_);
    bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace flowrun::engine
