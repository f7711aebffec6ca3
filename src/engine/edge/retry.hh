#pragma once
// The one place that decides what a failed attempt leads to.

#include <cstdint>
#include <optional>

#include "engine/call/call_result.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

// When the next attempt begins, after `made` ones of which the last has failed. None: it was the last, whether because there
// may be no more, the failure is not worth another, the run is in a hurry, or `last` (the edge's deadline for the message)
// would have passed by then. Notes the attempts in the error.
std::optional<Time> next_attempt(ThreadContext& thread, const Edge& edge, const queue::Meta* meta,
                                 const value::Node* message, CallResult& failed, std::uint32_t made, Time last);

// How long to wait before the attempt after `made` ones. Not above the edge's max_backoff, but for the error's own
// retry_after, which is heeded whole.
Duration backoff(const flow::Backoff& retry, std::uint32_t made, const Error& error, std::uint64_t random);

}  // namespace flowrun::engine
