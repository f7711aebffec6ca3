#pragma once
// Where a message goes from an output port: to the edges there, to an error route, or, from a call that no message began,
// out as a new message.

#include <cstdint>

#include "engine/call.hh"
#include "engine/graph.hh"
#include "engine/lane.hh"
#include "queue/queue.hh"

namespace flowrun::engine {

// Out of `outlet`, to all its edges, in written order; errors come back gathered. OK, or negative with lane.error set.
std::int32_t send(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message);

// As send, for the last act of a handler. The message may be that of `own`, which is then moved on where that can be.
std::int32_t hand_on(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message,
                     queue::Item* own);

// `{error, msg}` out of the error port of `node`: OK when there is an edge and the route took it. Else negative, and
// lane.error is the error to go on with.
std::int32_t claim(Lane& lane, const Node& node, const queue::Meta* meta, const value::Node* message);

// What host->emit does. `given` may be nullptr.
std::int32_t emit(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given);

// What an emit from a pending call gives once nobody waits for that any more: negative, with lane.error set.
std::int32_t given_up(Lane& lane, const Node& node);

// host->raise: a failure of a single record; lane.error is that failure.
std::int32_t raise(Call& call, const value::Node* message);

// The meta of a message that begins here, or that `given` makes of the incoming one.
queue::Meta meta_for(Call& call, const flowrun_meta* given);

}  // namespace flowrun::engine
