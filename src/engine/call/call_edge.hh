#pragma once
// Sync edges: a hop is a call of the target's `handle` on this thread. A chain of forwards is a loop here and leaves its
// marks on the thread's call stack, not on the machine's.

#include <cstdint>

#include "engine/call/call_result.hh"
#include "engine/call/entry.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

inline constexpr std::uint32_t max_depth = 256;  // of blocking calls within one another on one thread

// Takes `message` through `edge` (and on, where it is forwarded). Whatever the edge's policy is beyond the call (retries, a
// guard) is above this, in edge/.
CallResult call_edge(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                     const Entry& entry = {});

// The same from where a plain call has been made on `edge`, whose frame is the newest: `status` is the handler's. For callers
// that make the call themselves (edge/straight.cc).
CallResult finish_call(ThreadContext& thread, Call& call, const Edge& edge, const Entry& entry, std::int32_t status);

}  // namespace flowrun::engine
