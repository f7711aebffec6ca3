#pragma once
// From what was checked to what runs.

#include "engine/graph/graph.hh"
#include "trace/span.hh"

namespace flowrun::engine {

// All that is known before the run: which calls stay on one stack, which hops are nothing but the call, which nodes form a
// part. `traced`: the run writes spans.
Graph lay_out(const flow::Checked& checked, bool traced);

// The names that spans carry as numbers.
trace::Names names_of(const flow::Checked& checked);

}  // namespace flowrun::engine
