#pragma once
// `fanout: parallel`: all edges of an output port at once, and a wait for all of them.

#include <vector>

#include "engine/call/call_result.hh"
#include "engine/call/entry.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

// The results in the order of the outlet's edges. Sync edges run on the scheduler's threads, the first of them on the
// caller's; async ones are pushed by the caller. Returns when all have ended, whatever becomes of the caller meanwhile: they
// borrow the message.
std::vector<CallResult> fan_out(ThreadContext& thread, const Outlet& outlet, const queue::Meta* meta,
                                const value::Node* message);

}  // namespace flowrun::engine
