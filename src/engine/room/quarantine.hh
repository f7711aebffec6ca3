#pragma once
// Messages that were in a handler when an earlier run died go first, one after another over all durable edges of the run: should
// the process die again, it is known which of them was in there. Until each has been tried once, nothing else is taken out of a
// durable queue.
//
// Promises: at most one of them is out at a time; each edge has its turn, in the order of add(); all are woken when it is over.
// Not promised: that nothing else runs meanwhile, sources and edges in memory do.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/mutex.hh"

namespace flowrun::engine {

class Quarantine {
public:
    // A durable edge, and how many such messages its queue has. `wake`: it may take something now; called without a lock.
    // Before the run begins.
    std::size_t add(std::uint64_t messages, std::function<void()> wake);

    bool over() const { return over_.load(std::memory_order_acquire); }
    // True: this edge takes one now, and calls tried() when its attempt is over, or where there was none after all.
    bool admits(std::size_t edge);
    void tried(std::size_t edge);
    // The others of this edge cannot have their turn: its order holds them behind one that waits for another attempt.
    void leave(std::size_t edge);

private:
    struct Edge {
        std::uint64_t left;
        std::function<void()> wake;
    };
    void end(std::size_t edge, std::uint64_t messages);
    void move_on() REQUIRES(mutex_);

    std::atomic<bool> over_{true};
    Mutex mutex_{LockRank::quarantine};
    std::vector<Edge> edges_;  // its counts are guarded by the mutex, the rest is constant once the run goes
    std::size_t now_ GUARDED_BY(mutex_) = 0;
    bool out_ GUARDED_BY(mutex_) = false;
};

}  // namespace flowrun::engine
