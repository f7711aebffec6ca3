#pragma once
// How far the end of a run has come: one number that only grows. Whoever moves it on does what belongs to the step
// (call/run_context.hh); everybody else asks.

#include <atomic>
#include <cstdint>

#include "base/world.hh"

namespace flowrun::engine {

class Shutdown {
public:
    enum class Phase : std::uint8_t {
        running,  // sources emit, or have ended by themselves
        ending,   // sources are told to end (--max-messages); everything else has its time
        stopping,  // told to stop: a signal, --max-time, the reader of stdout went away. Backoffs are cut to one last attempt
        cancelled,  // everything ends now; what is queued is left
    };

    Phase phase() const { return phase_.load(); }
    bool sources_end() const { return phase_.load(std::memory_order_relaxed) >= Phase::ending; }
    bool hurried() const { return phase() >= Phase::stopping; }
    bool cancelled() const { return phase() >= Phase::cancelled; }
    // True: this call moved it from before `to` to `to`; what lies between is passed over.
    bool advance(Phase to) {
        Phase now = phase_.load();
        while (now < to) {
            if (phase_.compare_exchange_weak(now, to)) return true;
        }
        return false;
    }
    // When the run was first told to stop; `never`: it was not. From then on the drain has its deadline.
    Time stopped_at() const { return stopped_at_.load(); }
    void stop_clock(Time now) {
        Time unset = never;
        stopped_at_.compare_exchange_strong(unset, now);
    }

private:
    std::atomic<Phase> phase_{Phase::running};
    std::atomic<Time> stopped_at_{never};
};

}  // namespace flowrun::engine
