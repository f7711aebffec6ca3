#pragma once
// A mutex that is held for a few instructions: who finds it taken spins for about as long before it sleeps, which costs two
// system calls and a change of threads. A std::mutex otherwise, so a Condition can go with it.

#include <mutex>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace flowrun {

class BriefMutex : public std::mutex {
public:
    void lock() {
        constexpr unsigned patience = 128;
        for (unsigned tries = 0; tries < patience; ++tries) {
            if (try_lock()) return;
#if defined(__SSE2__)
            _mm_pause();
#endif
        }
        std::mutex::lock();
    }
    // For World::wait.
    std::unique_lock<std::mutex> held() {
        lock();
        return {*this, std::adopt_lock};
    }
};

}  // namespace flowrun
