#pragma once
// Holds a mutex for a scope, but for the stretches between unlock() and lock(). World::wait waits with it.

#include <mutex>
#include <utility>

#include "base/adaptive_mutex.hh"
#include "base/mutex.hh"

namespace flowrun {

class SCOPED_CAPABILITY MutexLock {
public:
    explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex.lock(); }
    explicit MutexLock(AdaptiveMutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex.lock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;
    ~MutexLock() RELEASE() {
        if (holds_) mutex_.unlock();
    }

    void lock() ACQUIRE() {
        mutex_.lock();
        holds_ = true;
    }
    void unlock() RELEASE() {
        mutex_.unlock();
        holds_ = false;
    }

    // The mutex as a std::condition_variable takes it: lent for the time of one wait.
    class Lent {
    public:
        explicit Lent(MutexLock& of) : mutex_(of.mutex_), lock_(of.mutex_.mutex_, std::adopt_lock) {
            mutex_.order_.waits();
        }
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        ~Lent() {
            mutex_.order_.takes();
            lock_.release();
        }
        std::unique_lock<std::mutex>& lock() { return lock_; }

    private:
        Mutex& mutex_;
        std::unique_lock<std::mutex> lock_;
    };

private:
    Mutex& mutex_;
    bool holds_ = true;
};

}  // namespace flowrun
