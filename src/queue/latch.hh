#pragma once
// A lock for a few instructions: one exchange to take, a plain store to let go. Who holds it neither waits nor calls
// foreign code; who finds it taken spins, and yields where the holder seems to have lost its processor.

#include <sched.h>

#include <atomic>

namespace flowrun::queue {

class Latch {
public:
    void lock() {
        for (unsigned tries = 0; taken_.exchange(true, std::memory_order_acquire); ++tries) {
            while (taken_.load(std::memory_order_relaxed)) {
                if (++tries % 64 == 0) ::sched_yield();
            }
        }
    }
    void unlock() { taken_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> taken_{false};
};

}  // namespace flowrun::queue
