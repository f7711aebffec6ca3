#pragma once
// A mutex that clang's analysis knows (guarded_by.hh), and that has a rank (lock_rank.hh); a std::mutex otherwise, and no
// larger with NDEBUG. The standard library's own carries no annotations.

#include <mutex>

#include "base/guarded_by.hh"
#include "base/lock_order.hh"

namespace flowrun {

class CAPABILITY("mutex") Mutex {
public:
    explicit Mutex(LockRank rank) : order_(rank) {}
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS {
        order_.takes();
        mutex_.lock();
    }
    void unlock() RELEASE() NO_THREAD_SAFETY_ANALYSIS {
        mutex_.unlock();
        order_.lets_go();
    }
    // The caller holds it, where the analysis cannot see that: asserted in a debug build.
    void must_be_held() const ASSERT_CAPABILITY(this) { order_.must_hold(); }

protected:
    friend class MutexLock;
    std::mutex mutex_;
    [[no_unique_address]] LockOrder order_;
};

}  // namespace flowrun
