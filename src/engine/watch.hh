#pragma once
// The one thread that looks at clocks so that hops need not. While a lane has a deadline, or tasks wait for a worker, it
// ticks; when there has been nothing to watch for a while it sleeps, and an idle run costs nothing.

#include <atomic>
#include <mutex>

#include "base/world.hh"

namespace flowrun::engine {

class Run;

class Watch {
public:
    static constexpr Duration tick = 5 * millisecond;

    explicit Watch(Run& run) : run_(run) {}
    ~Watch() { stop(); }

    // Now, at most a tick late; the clock itself is read only when the watch sleeps.
    Time now();
    // There is something to watch. Cheap when it is awake.
    void need();
    void stop();

private:
    void watch();
    bool look();
    void start();

    Run& run_;
    std::atomic<bool> asleep_{true};
    std::atomic<Time> now_{0};
    std::mutex mutex_;  // guards the rest
    Condition wanted_;
    bool stopping_ = false;
    World::Thread thread_;
};

}  // namespace flowrun::engine
