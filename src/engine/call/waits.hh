#pragma once
// Waits of a call, on its thread: they end with the deadline in force, with cancellation, and for a source with the stop.

#include <cstdint>

#include "base/world.hh"
#include "engine/call/ahead.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

// Between two attempts. True: the time has come, or the run is in a hurry. False: the thread is interrupted.
bool wait_backoff(ThreadContext& thread, Time until);
// For a component: a source is woken by the stop of the run as well. OK: the time has passed; else why not.
std::int32_t sleep(Call& call, Duration duration);
// OK: ready. UNAVAILABLE: the timeout (< 0: none) has passed.
std::int32_t wait_fd(Call& call, int fd, bool write, Duration timeout);
// Until at most `most` are open. CANCELLED: the run ends now.
std::int32_t wait_for_answers(ThreadContext& thread, Ahead& ahead, std::uint64_t most);
// Whether the source whose `run` this is may emit no more.
bool told_to_end(const Call& call);
// 0, CANCELLED or TIMEOUT: whether the call should end.
std::int32_t stopping(Call& call);

}  // namespace flowrun::engine
