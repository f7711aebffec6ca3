#include "engine/schedule/watchdog.hh"

#include <algorithm>
#include <utility>

namespace flowrun::engine {

// The watchdog sets asleep_, lets a tick pass, and looks a last time. A fence here would cost more than a hop; by then any
// store has long been seen without one.
void Watchdog::need() {
    if (!asleep_.load(std::memory_order_relaxed)) return;
    MutexLock lock(mutex_);
    if (!asleep_.load(std::memory_order_relaxed) || stopping_) return;
    if (!thread_) {
        start();
        return;
    }
    asleep_.store(false, std::memory_order_seq_cst);
    world_.wake_one(wanted_);
}

bool Watchdog::begin() {
    MutexLock lock(mutex_);
    return thread_ || stopping_ || start();
}

bool Watchdog::start() {
    asleep_.store(false, std::memory_order_seq_cst);
    thread_ = world_.start("flowrun-watch", [this] { watch(); });
    if (!thread_) asleep_.store(true, std::memory_order_seq_cst);
    return static_cast<bool>(thread_);
}

void Watchdog::stop() {
    World::Thread thread;  // joined without the mutex
    {
        MutexLock lock(mutex_);
        stopping_ = true;
        world_.wake_one(wanted_);
        thread = std::move(thread_);
    }
    thread.join();
}

void Watchdog::watch() {
    constexpr unsigned patience = 20;  // ticks without need before it sleeps
    unsigned quiet = 0;
    MutexLock lock(mutex_);
    while (!stopping_) {
        const Time now = world_.now();
        lock.unlock();
        const bool needed = look() <= after(now, tick);
        lock.lock();
        quiet = needed ? 0 : quiet + 1;
        if (quiet >= patience) {
            quiet = 0;
            rest(lock);
        } else if (!stopping_) {
            world_.wait(wanted_, lock, after(now, tick));
        }
    }
}

// Until it is needed, or the earliest deadline has come.
void Watchdog::rest(MutexLock& lock) {
    asleep_.store(true, std::memory_order_seq_cst);
    if (!stopping_) world_.wait(wanted_, lock, after(world_.now(), tick));
    mutex_.unlock();
    const Time next = look();
    mutex_.lock();
    while (!stopping_ && asleep_.load(std::memory_order_relaxed) && world_.now() < next) {
        world_.wait(wanted_, lock, next);
    }
    asleep_.store(false, std::memory_order_seq_cst);
}

// When to look again.
Time Watchdog::look() {
    const Time now = world_.now();
    Time next = never;
    for (const Look& look : looks_) {
        if (look()) next = now;
    }
    threads_.each([&](Thread& thread) { next = std::min(next, look_at(thread, now)); });
    return next;
}

Time Watchdog::look_at(Thread& thread, Time now) {
    const Time deadline = thread.deadline_seen();
    if (deadline == never) return never;
    if (deadline >= 0 && now < deadline) return deadline;
    // Past it; or not yet looked at by its thread, from whose look it runs.
    thread.interrupt.store(1, std::memory_order_seq_cst);
    if (deadline >= 0) thread.wake();
    return now;
}

}  // namespace flowrun::engine
