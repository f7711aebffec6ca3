#include "engine/watch.hh"

#include <vector>

#include "engine/delivery.hh"
#include "engine/lane.hh"
#include "engine/run.hh"

namespace flowrun::engine {

Time Watch::now() {
    return asleep_.load(std::memory_order_acquire) ? run_.world.now() : now_.load(std::memory_order_relaxed);
}

// The caller has stored what there is to watch before it looks at asleep_; the watch sets asleep_, lets a tick pass, and
// looks a last time. A fence here would cost more than a hop; by then any store has long been seen without one.
void Watch::need() {
    if (!asleep_.load(std::memory_order_relaxed)) return;
    std::unique_lock lock(mutex_);
    if (!asleep_.load(std::memory_order_relaxed) || stopping_) return;
    now_.store(run_.world.now(), std::memory_order_relaxed);
    asleep_.store(false, std::memory_order_seq_cst);
    if (thread_) {
        run_.world.wake_one(wanted_);
    } else {
        thread_ = run_.world.start("flowrun-watch", [this] { watch(); });
    }
}

void Watch::stop() {
    {
        std::scoped_lock lock(mutex_);
        stopping_ = true;
        run_.world.wake_one(wanted_);
    }
    thread_.join();
}

void Watch::watch() {
    constexpr unsigned patience = 20;  // ticks without need before it sleeps
    unsigned quiet = 0;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (asleep_.load(std::memory_order_relaxed)) {
            run_.world.wait(wanted_, lock, never);
            continue;
        }
        Time now = run_.world.now();
        now_.store(now, std::memory_order_relaxed);
        lock.unlock();
        bool needed = look();
        lock.lock();
        quiet = needed ? 0 : quiet + 1;
        if (quiet >= patience) {
            quiet = 0;
            asleep_.store(true, std::memory_order_seq_cst);
            if (!stopping_) run_.world.wait(wanted_, lock, after(run_.world.now(), tick));
            lock.unlock();
            needed = look();
            lock.lock();
            if (needed) asleep_.store(false, std::memory_order_seq_cst);
            continue;
        }
        if (!stopping_) run_.world.wait(wanted_, lock, after(now, tick));
    }
}

// True while anything has to be watched.
bool Watch::look() {
    Time now = run_.world.now();
    bool needed = run_.pool.tick();
    std::vector<Lane*> overdue;
    run_.each_lane([&](Lane& lane) {
        if (lane.overdue(now)) overdue.push_back(&lane);
        Time deadline = lane.deadline.load(std::memory_order_seq_cst);
        if (deadline == never) return;
        needed = true;
        if (now < deadline) return;
        lane.interrupt.store(1, std::memory_order_release);
        lane.wake();
    });
    for (Lane* lane : overdue) {
        Delivery* next = lane->give_up(now);
        if (next == nullptr) continue;
        run_.pool.give_up(*lane);
        run_.pool.post(*next, nullptr);
    }
    return needed;
}

}  // namespace flowrun::engine
