#pragma once
// What makes a node an actor: one call at a time in each of its instances. Taken without a system call where nobody is in.
//
// Promises: who waits gets in: one who was woken and found the place taken again has it handed to him by the next who leaves.
// Before that, who comes by and finds the place free may go first, which saves a change of threads for each message. Who
// waits is a thread; a pending call may hold a place without one.

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/mutex.hh"
#include "base/world.hh"
#include "engine/schedule/scheduler.hh"
#include "engine/schedule/thread.hh"

namespace flowrun::engine {

class InstanceLock {
public:
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    explicit InstanceLock(std::uint32_t instances);

    // Waits until the caller is in one of the instances (`wanted`: in that one), and says in which; he must leave() it.
    // `none`: the thread's deadline has passed, or `until`, or it is cancelled or abandoned.
    std::uint32_t enter(Thread& thread, Scheduler& scheduler, Time until, std::uint32_t wanted = none);
    void leave(std::uint32_t instance);
    // How many instances are in a call.
    std::uint32_t busy() const;

private:
    struct Waiter {
        Thread& thread;
        const std::uint32_t wanted;
        std::uint32_t got = none;                     // handed to it
        bool tried = false;                           // it was woken before, and came too late
        bool woken GUARDED_BY(thread.mutex) = false;  // and has not looked yet
        std::uint32_t woken_for = none;
        Waiter *before = nullptr, *next = nullptr;
    };

    bool try_enter(std::uint32_t instance) { return !taken_[instance].exchange(true, std::memory_order_acquire); }
    std::uint32_t try_any(std::uint32_t wanted);
    void link(Waiter& waiter) REQUIRES(mutex_);
    void unlink(Waiter& waiter) REQUIRES(mutex_);
    bool wait_on(Waiter& waiter, Time until);
    void pass_on(std::uint32_t instance);

    const std::uint32_t instances_;
    const std::unique_ptr<std::atomic<bool>[]> taken_;
    std::atomic<std::uint32_t> waiting_{0};
    Mutex mutex_{LockRank::instance};  // also of the fields of those who wait
    Waiter *first_ GUARDED_BY(mutex_) = nullptr, *last_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace flowrun::engine
