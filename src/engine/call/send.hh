#pragma once
// Out of an output port: to the edges there.

#include <cstdint>

#include "engine/call/call_result.hh"
#include "engine/call/entry.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

// To all edges of the outlet, in written order; errors come back gathered, the reply is the first that there is. No edge: OK,
// the message is dropped on purpose. Filtered where there are edges and none lets it through. PENDING only where there is one edge, and `how` has a continuation.
CallResult send(ThreadContext& thread, const Outlet& outlet, const queue::Meta* meta, const value::Node* message,
                const Entry& how);

}  // namespace flowrun::engine
