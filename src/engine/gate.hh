#pragma once
// What makes a node an actor: one call at a time. Taken without a system call when nobody is in; who waits may be a
// thread (a sync emitter) or a task (an async edge's deliveries), in order of arrival.

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

#include "base/world.hh"

namespace flowrun::engine {

class Lane;
class Task;

class Gate {
public:
    // True: the caller is in, and must leave(). `holder` is shown to those who wait in vain.
    bool try_enter(const void* holder) {
        const void* nobody = nullptr;
        return holder_.compare_exchange_strong(nobody, holder, std::memory_order_acquire, std::memory_order_relaxed);
    }
    // Waits until in (true), or until `until` or the lane is cancelled (false).
    bool enter(Lane& lane, const void* holder, Time until);
    // Either in (true), or `task` will be scheduled when the gate is free (false).
    bool enter_or_queue(const void* holder, Task& task);
    void leave(Lane& lane);
    // The holder is another one from now on: a call that has become pending leaves its lane.
    void hand_over(const void* holder) { holder_.store(holder, std::memory_order_relaxed); }
    const void* holder() const { return holder_.load(std::memory_order_relaxed); }

private:
    std::atomic<const void*> holder_{nullptr};
    std::atomic<std::uint32_t> waiting_{0};
    std::mutex mutex_;  // guards the rest
    Condition free_;
    std::uint32_t threads_ = 0;
    std::deque<Task*> tasks_;
};

}  // namespace flowrun::engine
