#pragma once
// What surrounds the call of a node: the deadline, the instance lock, the span.

#include <cstdint>
#include <memory>

#include "engine/call/call_result.hh"
#include "engine/call/thread_context.hh"
#include "trace/span.hh"

namespace flowrun::engine {

// Nothing done yet, nothing owned.
void clear_frame(Frame& frame);
// Before the call: OK, or why it fails. Undone by the functions below in any case.
CallResult enter_node(ThreadContext& thread, Frame& frame, Time expires);
// What all that is called below this hop has to hold to. A deadline no earlier than the one in force needs nothing.
void set_deadline(ThreadContext& thread, Frame& frame, Time expires, Duration allowed);
void restore_deadline(ThreadContext& thread, Frame& frame);
// Of an actor: waits until the call may enter.
CallResult lock_instance(ThreadContext& thread, Frame& frame);
void unlock_instance(Frame& frame);

// When an attempt that begins now has had its time, by the edge's timeout and deadline.
Time expires_of(World& world, const flow::EdgeSpec& spec);

// Of a frame whose span has begun and ended.
void write_span(ThreadContext& thread, const Frame& frame, const queue::Meta& meta, trace::Outcome outcome,
                const Error* error);
// Of an attempt that was given up and has not returned.
void write_given_up(ThreadContext& thread, const Edge& edge, const queue::Meta& meta, Time begun, Time queued,
                    std::uint32_t number, const Error& error);
trace::Outcome outcome_of(const ThreadContext& thread, const CallResult& result);

// OK, or the result with which a call ends that is no longer wanted. Takes the thread's hint back where it had no reason.
CallResult interrupted(ThreadContext& thread);
// " (5s on a -> b)": the edge whose timeout is in force on the thread; empty: none.
std::string timed_by(ThreadContext& thread);
// "5s", "250ms".
std::string shown(Duration duration);

}  // namespace flowrun::engine
