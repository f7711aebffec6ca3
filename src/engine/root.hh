#pragma once
// Calls that no message began: what a component does of its own accord.

#include "engine/call.hh"
#include "engine/graph.hh"

namespace flowrun::engine {

// nullptr: the run is ending.
Call* begin(Node& node);
void finish(Call& call);

}  // namespace flowrun::engine
