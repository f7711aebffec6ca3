#pragma once
// What a source has sent without waiting for the answer: how many have none yet, and the source where it waits for fewer.
//
// Only the source's thread adds, and only it waits. It is woken once, by the answer that leaves few enough open.

#include <atomic>
#include <cstdint>

#include "engine/call/thread_context.hh"

namespace flowrun::engine {

class Ahead {
public:
    std::uint64_t open() const { return open_.load(); }
    void begins() { open_.fetch_add(1, std::memory_order_relaxed); }
    // Any thread.
    void ends() {
        const auto left = static_cast<std::int64_t>(open_.fetch_sub(1) - 1);
        if (left <= wakes_at_.load() && wakes_at_.exchange(nobody) != nobody) waiter_.load()->wake();
    }

    // Around a wait, which looks at open() in between.
    void wake_at(ThreadContext& waiter, std::uint64_t most) {
        waiter_.store(&waiter);
        wakes_at_.store(static_cast<std::int64_t>(most));
    }
    void waits_no_more() { wakes_at_.store(nobody); }

private:
    static constexpr std::int64_t nobody = -1;
    std::atomic<std::uint64_t> open_{0};
    std::atomic<std::int64_t> wakes_at_{nobody};
    std::atomic<ThreadContext*> waiter_{nullptr};  // as long as the run: its contexts stay
};

}  // namespace flowrun::engine
