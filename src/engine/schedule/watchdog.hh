#pragma once
// The one thread that looks at clocks so that hops need not. While anything has to be watched it ticks; where all that is left
// is a deadline it sleeps until then, and where nothing is left it sleeps until it is needed: an idle run costs nothing.
//
// Promises: a thread whose deadline has passed has its interrupt set, and is woken, within a tick. Not promised: that it
// looks.

#include <atomic>
#include <functional>
#include <vector>

#include "base/world.hh"
#include "engine/schedule/threads.hh"

namespace flowrun::engine {

class Watchdog {
public:
    static constexpr Duration tick = 5 * millisecond;
    // Looks after something else at each tick; true: it has to look again at the next. Must not wait.
    using Look = std::function<bool()>;

    Watchdog(World& world, Threads& threads) : world_(world), threads_(threads) {}
    ~Watchdog() { stop(); }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // Starts its thread, so that a run learns before its first message whether it has one; false: it has not, need() tries again.
    bool begin();
    void also(Look look) { looks_.push_back(std::move(look)); }  // before it is first needed
    // There is something to watch. Cheap while it is awake. The caller has stored what there is to watch before.
    void need();
    void stop();

private:
    bool start() REQUIRES(mutex_);
    void watch();
    Time look();
    Time look_at(Thread& thread, Time now);
    void rest(MutexLock& lock) REQUIRES(mutex_);

    World& world_;
    Threads& threads_;
    std::vector<Look> looks_;
    std::atomic<bool> asleep_{true};
    Mutex mutex_{LockRank::watchdog};
    Condition wanted_;
    bool stopping_ GUARDED_BY(mutex_) = false;
    World::Thread thread_ GUARDED_BY(mutex_);
};

}  // namespace flowrun::engine
