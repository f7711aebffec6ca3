#pragma once
// A batch entering its node: as one list, or, where the component takes batches, each message with a result of its own.

#include <vector>

#include "engine/call/call_edge.hh"
#include "engine/edge/keyed_queue.hh"

namespace flowrun::engine {

// Nothing: it would be too deep.
value::Value list_of(const std::vector<QueuedMessage>& messages);

// One call of handle_batch: a result for each message.
std::vector<CallResult> handle_batch(ThreadContext& thread, const Edge& edge,
                                     const std::vector<QueuedMessage>& messages, const Entry& entry);

}  // namespace flowrun::engine
