#pragma once
// Calls that no message began: what a component does of its own accord.

#include "engine/call/call.hh"
#include "engine/graph/graph.hh"

namespace flowrun::engine {

// nullptr: the node was told to stop, or is past its end.
Call* begin(Node& node);
void finish(Call& call);

}  // namespace flowrun::engine
