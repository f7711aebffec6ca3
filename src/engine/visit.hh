#pragma once
// What surrounds the call of a node on an edge that is not plain: the deadline, the gate, the span.

#include <cstdint>
#include <memory>

#include "base/error.hh"
#include "engine/graph.hh"
#include "engine/lane.hh"
#include "engine/trail.hh"
#include "trace/span.hh"

namespace flowrun::engine {

// Before the call: 0, or the code with which the hop fails, lane.error set. Undone by the functions below, in any case.
std::int32_t enter_node(Lane& lane, Hop& h, Time expires);
// What the whole subtree below this hop has to hold to. A deadline no earlier than the one in force needs nothing. `timed`
// is false before.
void set_deadline(Lane& lane, Hop& h, Time expires);
// Of a node that has one: waits until the call may enter. 0, or negative with lane.error set.
std::int32_t enter_gate(Lane& lane, Hop& h);
void leave_gate(Lane& lane, Hop& h);
void restore_deadline(Lane& lane, Hop& h);
// Of a hop whose span has begun.
void write_span(Lane& lane, const Hop& h, const queue::Meta& meta, Time end, trace::Outcome outcome,
                std::unique_ptr<trace::Note> note);

// Of an attempt that was given up and has not returned.
void write_given_up(Lane& lane, const Edge& edge, const queue::Meta& meta, Time begun, Time queued,
                    std::uint32_t number);

// When an attempt that begins now has had its time, by the edge's timeout and deadline.
Time expires_of(Lane& lane, const flow::EdgeSpec& spec);
trace::Outcome outcome_of(const Lane& lane, std::int32_t status, bool claimed);
std::unique_ptr<trace::Note> note_of(const Error& error);

}  // namespace flowrun::engine
