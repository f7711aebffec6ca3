#pragma once
// A sync edge that needs more than one hop's loop: retries, or a timeout over code that never looks at it, which then runs on
// a companion thread.

#include <cstdint>

#include "engine/graph.hh"
#include "engine/hops.hh"
#include "engine/lane.hh"

namespace flowrun::engine {

// One attempt: in place where its deadline reaches the callee, else on a companion. As hop.
std::int32_t attempt(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message, Entry entry);

std::int32_t attempts(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message);

// How long to wait before the attempt after `made` ones. Not above the edge's max_backoff, but for the error's own
// retry_after, which is heeded whole.
Duration backoff(const flow::Backoff& retry, std::uint32_t made, const Error& error, std::uint64_t random);

}  // namespace flowrun::engine
