#pragma once
// The timers that components set: each runs once, on a pool thread, so that it may emit.

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <flowrun/host.h>

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
    void due(std::uint64_t number);

    Run& run_;
    std::mutex mutex_;  // guards the rest
    std::uint64_t numbers_ = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<One>> waiting_;  // by number
    bool stopped_ = false;
};

}  // namespace flowrun::engine
