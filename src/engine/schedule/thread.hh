#pragma once
// A thread of the run, as far as the scheduler and the watchdog know it: the deadline in force, what it waits for, and how it
// is woken. Everything above (calls, messages, counts) is call/thread_context.hh, which is one of these.

#include <atomic>
#include <cstdint>

#include "base/world.hh"

namespace flowrun::engine {

class Thread {
public:
    explicit Thread(World& of) : world(of) {}
    virtual ~Thread() = default;
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    World& world;

    // --- the deadline of the calls that are on the stack now ---

    // How much time was left when the deadline in force was set, at the least; `never`: none is in force. A further timeout
    // that is no shorter changes nothing.
    Duration allowed() const { return allowed_; }
    // This thread's own: when it is. A deadline that was set by allow() begins to run at the first look at the latest, so it
    // is never early.
    Time deadline();
    // From any thread; negative: it has not begun to run.
    Time deadline_seen() const { return deadline_.load(std::memory_order_acquire); }
    void set_deadline(Time at, Duration allowed) {
        allowed_ = allowed;
        deadline_.store(at, std::memory_order_release);
    }
    // So much time from now on, without a look at the clock: for calls that are over long before anybody asks.
    void allow(Duration time) { set_deadline(-time, time); }
    struct Deadline {
        Time at = never;
        Duration allowed = never;
    };
    Deadline swap_deadline(Deadline next) {
        const Deadline before{deadline_.load(std::memory_order_relaxed), allowed_};
        set_deadline(next.at, next.allowed);
        return before;
    }

    // --- being interrupted ---

    // A hint that makes the next hop look: set when the deadline has passed, when the run ends now, when the caller has
    // given the call up.
    std::atomic<std::uint32_t> interrupt{0};
    std::atomic<bool> cancelled{false};  // the run ends now
    std::atomic<bool> abandoned{false};  // the caller has given up: nothing that is done here counts any more
    // Takes the hint back where there is no reason for it. Clears first and looks then: a reason that comes meanwhile is
    // seen here, or sets the hint again.
    void review_interrupt();
    void interrupt_now(std::atomic<bool>& why) {
        why.store(true, std::memory_order_seq_cst);
        interrupt.store(1, std::memory_order_seq_cst);
        wake();
    }

    // --- waiting ---

    Mutex mutex{LockRank::thread};
    Condition woken;  // for waits of calls on this thread; wake() ends them so that they look again
    void wake() {
        MutexLock lock(mutex);
        world.wake_all(woken);
    }
    // Wakes it for good: a wait that begins after this does not (told is taken back by who waits, with the mutex held).
    void tell() {
        MutexLock lock(mutex);
        told = true;
        world.wake_all(woken);
    }
    bool told GUARDED_BY(mutex) = false;
    // What the innermost call waits for, for those who look on.
    enum class Wait : std::uint8_t { none, time, descriptor, instance, answer, branches, room };
    std::atomic<Wait> waits{Wait::none};

    std::atomic<void*> worker{nullptr};  // the scheduler's record of it, when it is one of its threads

private:
    std::atomic<Time> deadline_{never};  // negative: so much time from the first look on
    Duration allowed_ = never;
};

}  // namespace flowrun::engine
