#pragma once
// The in-flight count of a part of the graph: how many units of work are under way in it. A unit is a queued message, a
// delivery, an open spontaneous call, an emit without waiting, a source's `run`, a node's `end`.
//
// The rule that makes it exact: whoever moves work on enters the new unit before it leaves the old one. Then a count that is
// seen empty, once the part's inputs are over, stays empty.
//
// The count is spread over gauges, so that who enters and who leaves write where nobody else does. It is read in two passes,
// first all that has left, then all that has entered: were the two sums equal, the count was zero at a moment between them.
//
// Promises: empty() is true only if the count was zero at a moment during the call; a watcher is told after the count has
// become empty. Not promised: that it is told once only, or that a count which is not yet to stay empty is.

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/mutex.hh"

namespace flowrun::engine {

class InFlight {
public:
    // Where one kind of work is counted: an edge's queue, or all the rest.
    class alignas(64) Gauge {
    public:
        explicit Gauge(InFlight& of) : of_(of) { of.add(*this); }
        Gauge(const Gauge&) = delete;
        Gauge& operator=(const Gauge&) = delete;

        void enter(std::uint64_t n = 1) { entered_.fetch_add(n, std::memory_order_seq_cst); }
        void leave(std::uint64_t n = 1) {
            left_.fetch_add(n, std::memory_order_seq_cst);
            tell();
        }
        // For a side that is one thread at a time: cheaper. What has left is told of later, by tell().
        void enter_alone() { entered_.store(entered_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
        void leave_alone() { left_.store(left_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
        void tell() {
            std::atomic_thread_fence(std::memory_order_seq_cst);
            if (of_.watched_.load(std::memory_order_relaxed)) [[unlikely]]
                of_.look();
        }
        std::uint64_t count() const {
            const std::uint64_t left = left_.load(std::memory_order_acquire);
            return entered_.load(std::memory_order_acquire) - left;
        }

    private:
        friend class InFlight;
        InFlight& of_;
        std::atomic<std::uint64_t> entered_{0};
        alignas(64) std::atomic<std::uint64_t> left_{0};
    };

    InFlight() : rest_(*this) {}
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    // What is not a queue's.
    void enter() { rest_.enter(); }
    void leave() { rest_.leave(); }
    // For work that nobody's unit covers: false once the part is closed, and nothing is entered.
    bool try_enter() {
        rest_.enter();
        if (!closed_.load(std::memory_order_seq_cst)) return true;
        rest_.leave();
        return false;
    }
    // From here on try_enter() is refused. What was entered before goes on.
    void close() { closed_.store(true, std::memory_order_seq_cst); }
    bool closed() const { return closed_.load(std::memory_order_seq_cst); }

    bool empty() const;
    // Calls `told` whenever the count may have become empty, from whatever thread left last; until unwatch().
    void watch(std::function<void()> told);
    void unwatch();

private:
    void add(Gauge& gauge) { gauges_.push_back(&gauge); }
    void look();

    std::vector<Gauge*> gauges_;  // constant once the run goes
    std::atomic<bool> closed_{false}, watched_{false};
    Mutex mutex_{LockRank::part};
    std::function<void()> told_ GUARDED_BY(mutex_);
    Gauge rest_;
};

}  // namespace flowrun::engine
