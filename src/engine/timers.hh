#pragma once
// The timers that components set: each runs once, on a pool thread, so that it may emit. Their places are used again.

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include <flowrun/host.h>

#include "base/brief.hh"
#include "base/world.hh"

namespace flowrun::engine {

class Run;

class Timers {
public:
    explicit Timers(Run& run);
    ~Timers();

    // The handle is a number, not an object: asking for one that has run is harmless.
    flowrun_timer* start(Duration delay, flowrun_timer_fn fn, void* user);
    bool cancel(flowrun_timer* timer);  // true: it will not run any more
    // Cancels all; those that have begun to run are waited for by the pool's end.
    void stop();

private:
    struct One;
    using Handle = std::uint64_t;  // its place, and how often that has been used
    // With the mutex held:
    One& free_one();
    One* waiting(Handle handle);  // nullptr: its time has come, or it was cancelled
    void give_back(One& one);

    void due(Handle handle);

    Run& run_;
    BriefMutex mutex_;  // guards the rest
    std::deque<One> all_;
    std::vector<One*> free_;
    bool stopped_ = false;
};

}  // namespace flowrun::engine
