#pragma once
// Waits of a call, on its lane: they end with the deadline in force, with cancellation, and for a source with the stop.

#include <cstdint>

#include "base/world.hh"
#include "engine/call.hh"
#include "engine/lane.hh"

namespace flowrun::engine {

// Between two attempts. OK when the time has passed, or the run is in a hurry; else interrupted()'s code with lane.error
// set.
std::int32_t wait_backoff(Lane& lane, Duration duration);
// The same for a component: a source is woken by the stop of the run as well.
std::int32_t sleep(Call& call, Duration duration);
// OK: ready. UNAVAILABLE: the timeout (< 0: none) has passed.
std::int32_t wait_fd(Call& call, int fd, bool write, Duration timeout);
// 0, CANCELLED or TIMEOUT: whether the call should end.
std::int32_t stopping(Call& call);

}  // namespace flowrun::engine
