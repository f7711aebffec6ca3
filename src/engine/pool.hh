#pragma once
// The threads that run tasks: as many as there are cores, started with the first task. A worker runs next what it has
// just woken. Where a worker blocks (in a wait of ours, or in foreign code, which the watch notices) another is started in its
// place, up to a bound; when that is no longer needed it stands by for a while, so that calls that block again and again do
// not start a thread each, and then ends.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/brief.hh"
#include "base/world.hh"
#include "engine/lane.hh"
#include "engine/task.hh"

namespace flowrun::engine {

class Run;

class Pool {
public:
    Pool(Run& run, unsigned cores);
    ~Pool();  // stop() has been called

    // Any thread. `from` is the lane of the calling thread when it is one of the pool's, else nullptr.
    void post(Task& task, Lane* from);
    // Workers end when the queue is empty. Those given up are left alone.
    void stop();

    // Around a wait of a pool thread: its place is taken by another meanwhile.
    void blocked(Lane& lane, Lane::Wait wait);
    void unblocked(Lane& lane);
    // A worker will not return in useful time: it no longer counts, and its thread ends when it comes back.
    void give_up(Lane& lane);
    // Called at each tick of the watch: when tasks wait and every worker has been in one call since the last tick, starts
    // another; at the next tick two, then four, so that a thousand calls that hang have all begun within ~60 ms. True
    // while there is something to watch.
    bool tick();

    unsigned threads() const { return alive_.load(std::memory_order_relaxed); }
    unsigned peak() const { return peak_.load(std::memory_order_relaxed); }

    static constexpr unsigned most_threads = 4096;

private:
    struct Worker;
    void work(Worker& worker);
    Lane& free_lane();
    Task* next(Worker& worker);
    // With the mutex held:
    void append(Task& task);
    Task* take_first();
    Task* steal();
    void start_worker();
    bool wants_waking();
    void make_room_for_tasks();                                         // wakes or starts a worker where one is wanted
    bool stand_by(Worker& worker, std::unique_lock<std::mutex>& lock);  // false: it is no longer needed
    bool all_stuck();
    void grow();
    std::vector<World::Thread> ended();

    void post_to_all(Task& task);
    void flush_slot(Worker& worker);

    Run& run_;
    const unsigned cores_;
    BriefMutex mutex_;  // guards all below but the atomics
    Condition wanted_, standing_by_;
    Task* first_ = nullptr;
    Task* last_ = nullptr;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<Lane*> lanes_;  // of workers that have ended
    unsigned idle_ = 0;         // waiting for a task
    unsigned waking_ = 0;       // of those, woken and not yet here: they need not be woken again
    unsigned active_ = 0;       // neither idle, standing by, blocked nor given up
    unsigned spare_ = 0;        // standing by
    unsigned called_ = 0;       // of those, to come back: counted as active already
    unsigned growth_ = 1;       // how many the next tick starts where all are stuck
    bool stopping_ = false;
    std::atomic<unsigned> alive_{0}, peak_{0};
    std::atomic<std::uint32_t> queued_{0};
};

}  // namespace flowrun::engine
