#include "engine/room/in_flight.hh"

#include <utility>

#include "base/mutex_lock.hh"

namespace flowrun::engine {

bool InFlight::empty() const {
    std::uint64_t left = 0, entered = 0;
    for (const Gauge* gauge : gauges_) left += gauge->left_.load(std::memory_order_acquire);
    for (const Gauge* gauge : gauges_) entered += gauge->entered_.load(std::memory_order_acquire);
    return left == entered;
}

// Whoever leaves last either sees that the count is watched, or has left before the watcher's first look.
void InFlight::watch(std::function<void()> told) {
    MutexLock lock(mutex_);
    told_ = std::move(told);
    watched_.store(true, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
}

void InFlight::unwatch() {
    MutexLock lock(mutex_);
    watched_.store(false, std::memory_order_seq_cst);
    told_ = nullptr;
}

void InFlight::look() {
    if (!empty()) return;
    MutexLock lock(mutex_);
    if (told_) told_();
}

}  // namespace flowrun::engine
