#pragma once
// The run's own timers: the world's, and a wait for those whose job has just begun when the run ends. Jobs run on the world's
// timer thread: they are short, wait for nothing, and call no plugin.

#include <atomic>
#include <utility>

#include "base/world.hh"

namespace flowrun::engine {

class Timers {
public:
    explicit Timers(World& world) : world_(world) {}

    Time now() const { return world_.now(); }
    World::TimerId at(Time when, World::Job job) {
        used_.store(true, std::memory_order_relaxed);
        return world_.at(when, std::move(job));
    }
    // True: the job will not run any more.
    bool cancel(World::TimerId timer) { return world_.cancel(timer); }
    // Returns when every job that had begun before is over.
    void settle();

private:
    World& world_;
    std::atomic<bool> used_{false};
};

}  // namespace flowrun::engine
