#pragma once
// What a component does with a call: it sends a message out of a port, or raises a failure of a single record.

#include <cstdint>

#include "engine/call/call.hh"
#include "engine/call/call_result.hh"

namespace flowrun::engine {

// What host->emit does. `given` may be nullptr.
std::int32_t emit(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* given);

// host->raise: the failure of a single record goes to the node's error port, or is counted and reported.
std::int32_t raise(Call& call, std::unique_ptr<Error> error, const value::Node* message);

// What an emit from a pending call gives once nobody waits for that any more.
CallResult given_up(const Node& node);

// The meta of a message that begins here, or that `given` makes of the incoming one.
queue::Meta meta_for(Call& call, const flowrun_meta* given);

// Whether a message that the call begins is one of a source's.
bool begins_messages(const Call& call);

// A failure of what no message began: its node's error route, or it is counted and reported. The result to go on with.
CallResult settle_root(Call& call, const queue::Meta& meta, const value::Node* message, CallResult failed);
void count_root_failure(RunContext& run, const Node& node, const queue::Meta* meta, const Error& error);

}  // namespace flowrun::engine
