#pragma once
// All threads of a run, for those who look at each of them. Owns their records, which last as long as the run: who looks may
// come at any time.

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex_lock.hh"
#include "engine/schedule/thread.hh"

namespace flowrun::engine {

class Threads {
public:
    Thread& add(std::unique_ptr<Thread> thread) {
        MutexLock lock(mutex_);
        all_.push_back(std::move(thread));
        return *all_.back();
    }
    // Calls fn(Thread&) for each, with the list locked: fn takes locks of higher rank only (base/lock_rank.hh).
    template <class F>
    void each(F&& fn) {
        MutexLock lock(mutex_);
        for (auto& thread : all_) fn(*thread);
    }

private:
    Mutex mutex_{LockRank::threads};
    std::vector<std::unique_ptr<Thread>> all_ GUARDED_BY(mutex_);
};

}  // namespace flowrun::engine
