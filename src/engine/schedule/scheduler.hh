#pragma once
// The threads that run tasks: as many as there are cores, started with the first task. A worker runs next what it has
// just woken. Where a worker blocks (in a wait of ours, or in foreign code, which the watchdog notices) another is started in
// its place, up to a bound; when that is no longer needed it stands by for a while, so that calls that block again and again
// do not start a thread each, and then ends. Knows no edges and no messages.
//
// Promises: a posted task is run once, by one worker, unless stop() comes first and its worker is stuck. Not promised: order.
// Where the system refuses a thread it is asked again at each tick of the watchdog, and the workers that there are go on.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/adaptive_mutex.hh"
#include "base/world.hh"
#include "engine/schedule/task.hh"
#include "engine/schedule/thread.hh"
#include "engine/schedule/watchdog.hh"

namespace flowrun::engine {

class Scheduler {
public:
    struct Makes {
        std::function<Thread&()> thread;     // a record for a new thread
        std::function<void(Thread&)> enter;  // the calling thread is that one from now on
    };
    Scheduler(World& world, Watchdog& watchdog, unsigned cores, Makes makes);
    ~Scheduler();  // stop() has been called
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    // Starts the first worker, so that there is one whatever the system refuses later; false: it refuses even that.
    bool begin();
    // Any thread. `from`: the calling thread's record where it has one, else nullptr; one of the scheduler's own goes on with
    // the task when it has done with its own.
    void post(Task& task, Thread* from);
    // Ends the workers when all that is posted has been run. `stuck`: some will never come back; those are left alone.
    void stop(bool stuck);

    // Around a wait of a worker, of which another takes the place meanwhile. Of any other thread only the wait is noted.
    void blocked(Thread& thread, Thread::Wait wait);
    void unblocked(Thread& thread);
    // A worker will not return in useful time: it no longer counts, and its thread ends when it comes back, its record being
    // used again.
    void give_up(Thread& thread);
    bool gave_up(const Thread& thread) const;  // whether it has been; for the thread itself
    // At each tick of the watchdog: when tasks wait and every worker has been in one call since the last tick, starts
    // another; at the next tick two, then four, so that a thousand calls that hang have all begun within ~60 ms. True
    // while there is something to watch.
    bool tick();

    unsigned threads() const { return alive_.load(std::memory_order_relaxed); }
    unsigned peak() const { return peak_.load(std::memory_order_relaxed); }
    // Since when tasks have waited while every worker waits in turn, and the system refuses another; never: that is not so.
    Time starved_since() const { return starved_since_.load(std::memory_order_relaxed); }
    bool refused() const { return refused_.load(std::memory_order_relaxed); }  // whether a thread was ever refused

    static constexpr unsigned most_threads = 4096;

private:
    struct Worker;
    void work(Worker& worker);
    Thread& free_record();
    Task* next(Worker& worker);
    void append(Task& task) REQUIRES(mutex_);
    Task* take_first() REQUIRES(mutex_);
    Task* steal() REQUIRES(mutex_);
    bool start_worker() REQUIRES(mutex_);  // false: there is no more to be had
    void notice_starvation() REQUIRES(mutex_);
    bool wants_waking() REQUIRES(mutex_);
    void make_room_for_tasks() REQUIRES(mutex_);                      // wakes or starts a worker where one is wanted
    bool stand_by(Worker& worker, MutexLock& lock) REQUIRES(mutex_);  // false: it is no longer needed
    bool all_stuck() REQUIRES(mutex_);
    void grow() REQUIRES(mutex_);
    std::vector<World::Thread> ended() REQUIRES(mutex_);

    void post_to_all(Task& task);
    void flush_slot(Worker& worker);

    World& world_;
    Watchdog& watchdog_;
    const unsigned cores_;
    const Makes makes_;
    AdaptiveMutex mutex_{LockRank::scheduler};
    Condition wanted_, standing_by_;
    Task* first_ GUARDED_BY(mutex_) = nullptr;
    Task* last_ GUARDED_BY(mutex_) = nullptr;
    std::vector<std::unique_ptr<Worker>> workers_ GUARDED_BY(mutex_);
    std::vector<Thread*> free_ GUARDED_BY(mutex_);  // records of workers that have ended
    unsigned idle_ GUARDED_BY(mutex_) = 0;          // waiting for a task
    unsigned waking_ GUARDED_BY(mutex_) = 0;        // of those, woken and not yet here: they need not be woken again
    unsigned active_ GUARDED_BY(mutex_) = 0;        // neither idle, standing by, blocked nor given up
    unsigned spare_ GUARDED_BY(mutex_) = 0;         // standing by
    unsigned called_ GUARDED_BY(mutex_) = 0;        // of those, to come back: counted as active already
    unsigned growth_ GUARDED_BY(mutex_) = 1;        // how many the next tick starts where all are stuck
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::atomic<unsigned> alive_{0}, peak_{0};
    std::atomic<Time> starved_since_{never};
    std::atomic<bool> refused_{false};
    std::atomic<std::uint32_t> queued_{0};
};

}  // namespace flowrun::engine
