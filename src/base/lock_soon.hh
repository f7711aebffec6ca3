#pragma once
// For who ends the process in the middle of things: a lock may be held by the very thread that asks for it, in a call that a
// signal has interrupted, or by one that never lets it go.

#include <mutex>

namespace flowrun {

// False: it was not free within a second.
bool lock_soon(std::mutex& mutex);

}  // namespace flowrun
