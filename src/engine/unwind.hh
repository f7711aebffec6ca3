#pragma once
// What is left of hops once their result is known: gates, deadlines, spans, the account, error routes.

#include <cstddef>
#include <cstdint>

#include "engine/lane.hh"
#include "engine/trail.hh"

namespace flowrun::engine {

// Undoes the hops above `base` and passes the result up through them, error routes included.
std::int32_t unwind(Lane& lane, std::size_t base, std::int32_t status);

// What a hop holds for its message.
void free_hop(Lane& lane, const Hop& h);

}  // namespace flowrun::engine
