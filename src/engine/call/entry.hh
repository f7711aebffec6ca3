#pragma once
// With what a message goes through an edge.

#include <cstdint>

#include "engine/call/continuation.hh"
#include "queue/queue.hh"

namespace flowrun::engine {

// How a chain of hops begins.
struct Entry {
    bool attempt = false;         // one attempt of a delivery: its owner has taken the edge's steps, and counts
    bool routes_error = true;     // a failure goes to the target's error route
    std::uint32_t number = 1;     // of the attempt
    Time queued = 0;              // since when the message was in the edge's queue; 0: it was not, or nobody asks
    Time last = never;            // when the edge's deadline for the message passes
    queue::Item* item = nullptr;  // the delivery's own, whose message this is: whoever forwards it as it is may have it
    Continuation* then = nullptr;  // set: a chain that cannot end now goes on with it, and PENDING is returned
};

}  // namespace flowrun::engine
