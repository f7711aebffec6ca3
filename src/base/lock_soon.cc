#include "base/lock_soon.hh"

#include <poll.h>

namespace flowrun {

bool lock_soon(std::mutex& mutex) {
    constexpr int tries = 100, pause = 10;  // milliseconds
    for (int i = 0; i < tries; ++i) {
        if (mutex.try_lock()) return true;
        ::poll(nullptr, 0, pause);
    }
    return false;
}

}  // namespace flowrun
