#pragma once
// A mutex that is held for a few instructions: who finds it taken spins for about as long before it sleeps, which costs two
// system calls and a change of threads. A Mutex otherwise, so a Condition can go with it.

#include "base/mutex.hh"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace flowrun {

class CAPABILITY("mutex") AdaptiveMutex : public Mutex {
public:
    using Mutex::Mutex;

    void lock() ACQUIRE() NO_THREAD_SAFETY_ANALYSIS {
        order_.takes();
        constexpr unsigned patience = 128;
        for (unsigned tries = 0; tries < patience; ++tries) {
            if (mutex_.try_lock()) return;
#if defined(__SSE2__)
            _mm_pause();
#endif
        }
        mutex_.lock();
    }
};

}  // namespace flowrun
