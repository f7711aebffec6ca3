#pragma once
// A lock for a few instructions: one exchange to take, a plain store to let go. Who holds it neither waits nor calls
// foreign code; who finds it taken spins, and yields where the holder seems to have lost its processor.

#include <sched.h>

#include <atomic>

#include "base/guarded_by.hh"
#include "base/lock_order.hh"

namespace flowrun {

class CAPABILITY("mutex") SpinLock {
public:
    explicit SpinLock(LockRank rank) : order_(rank) {}

    void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS {
        order_.takes();
        for (unsigned tries = 0; taken_.exchange(true, std::memory_order_acquire); ++tries) {
            while (taken_.load(std::memory_order_relaxed)) {
                if (++tries % 64 == 0) ::sched_yield();
            }
        }
    }
    void unlock() RELEASE() NO_THREAD_SAFETY_ANALYSIS {
        order_.lets_go();
        taken_.store(false, std::memory_order_release);
    }

private:
    std::atomic<bool> taken_{false};
    [[no_unique_address]] LockOrder order_;
};

// Holds one for a scope.
class SCOPED_CAPABILITY SpinLocked {
public:
    explicit SpinLocked(SpinLock& lock) ACQUIRE(lock) : lock_(lock) { lock.lock(); }
    SpinLocked(const SpinLocked&) = delete;
    SpinLocked& operator=(const SpinLocked&) = delete;
    ~SpinLocked() RELEASE() { lock_.unlock(); }

private:
    SpinLock& lock_;
};

}  // namespace flowrun
