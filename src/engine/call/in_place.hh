#pragma once
// Whether what a source sends without waiting is dealt with on the source's own thread: to hand a message to another thread and
// its result back takes longer than most messages do. Sound because it is done only where all behind the port is prompt (it
// waits for nothing), and left off where that turns out to take long. Proved by P8: an HTTP server answers 1.7 times as many
// requests.

#include <atomic>

#include "base/world.hh"

namespace flowrun::engine {

class InPlace {
public:
    bool pays(Time now) const {
        return takes_.load(std::memory_order_relaxed) < short_enough &&
               not_before_.load(std::memory_order_relaxed) <= now;
    }
    void took(Time now, Duration time) {
        if (time > far_too_long) not_before_.store(after(now, 1000 * time), std::memory_order_relaxed);
        const Duration average = takes_.load(std::memory_order_relaxed);
        takes_.store(average + (time - average) / 8, std::memory_order_relaxed);
    }

private:
    // To hand a message to another thread and its result back takes about as long as this.
    static constexpr Duration short_enough = 20 * microsecond;
    // What takes so long in place keeps all else of the source waiting: that may be a thousandth of the time at most. More
    // than it takes until a thread that had to make way for others runs again.
    static constexpr Duration far_too_long = 10 * millisecond;

    std::atomic<Duration> takes_{0};   // an average of the latest
    std::atomic<Time> not_before_{0};  // one has taken far too long
};

}  // namespace flowrun::engine
