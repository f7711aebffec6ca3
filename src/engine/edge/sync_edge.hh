#pragma once
// A sync edge whose policy is more than the call: retries, or a timeout over code that never looks at it. The same policy as
// that of a delivery (edge/delivery.hh), inline on the emitter's thread.

#include "engine/call/call_edge.hh"

namespace flowrun::engine {

CallResult call_with_policy(ThreadContext& thread, const Edge& edge, const queue::Meta* meta,
                            const value::Node* message, const Entry& how);

}  // namespace flowrun::engine
