#pragma once
// Sync edges: a hop is a call of the target's `handle` on this thread. A chain of forwards is a loop here and leaves its
// marks on the lane's trail, not on the stack.

#include <cstdint>
#include <string>

#include "engine/call.hh"
#include "engine/graph.hh"
#include "engine/lane.hh"
#include "engine/ticket.hh"
#include "queue/queue.hh"

namespace flowrun::engine {

inline constexpr std::uint32_t max_depth = 256;  // of blocking calls within one another on one thread

// How a chain of hops begins.
struct Entry {
    bool attempt = false;         // one attempt of a delivery: its owner has taken the edge's steps, and counts
    bool claims = true;           // a failure goes to the target's error route
    std::uint32_t number = 1;     // of the attempt
    Time queued = 0;              // since when the message was in the edge's queue; 0: it was not, or nobody asks
    Time expires = never;         // of this attempt
    queue::Item* item = nullptr;  // the delivery's own, whose message this is: whoever forwards it as it is may have it
    Continuation* then = nullptr;  // set: when the chain becomes pending it is detached, and FLOWRUN_PENDING returned
};

// Takes `message` through `edge` (and on, where it is forwarded) and returns the result; negative with lane.error set.
// Steps of an edge that do not loop (retry, companion) are in attempts.hh.
std::int32_t hop(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                 const Entry& entry = {});

// The result of a handler, or of code of ours in its place, as status plus lane.error and lane.reply. Ends the call.
std::int32_t conclude(Call& call, std::int32_t status);

// 0, or the code with which a call that is no longer wanted ends, with lane.error set.
std::int32_t interrupted(Lane& lane);

// "5s", "250ms".
std::string duration(Duration d);

// " (5s on a -> b)": the edge whose timeout is in force on the lane; empty: none.
std::string timed_by(Lane& lane);

std::int32_t too_deep(Lane& lane, const Edge& edge, const Entry& entry);

// Sets lane.error and returns its code.
std::int32_t failing(Lane& lane, Code code, std::string message, const Node* node);

}  // namespace flowrun::engine
