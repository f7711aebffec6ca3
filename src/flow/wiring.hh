#pragma once
// The edges of a flow as a graph: their ends found by name, and what no single edge shows.

#include <vector>

#include "flow/checked.hh"
#include "flow/diagnostics.hh"

namespace flowrun::flow {

// Fills node_index and port_index of all ends, and the names of ports that were left out. Tells which node or port is
// not there. False for an edge that could not be joined, by edge.
std::vector<bool> join(Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics);

// Nodes that no source reaches, and edges that are there twice (a warning). All edges are joined.
void check_reach(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics);

// Several nodes that read standard input, or one when the flow came from there.
void check_standard_input(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics);

// Cycles in which every edge makes its emitter wait: sync ones, and async ones that block when full. `joined` as join()
// gave it.
void check_cycles(const Flow& flow, const std::vector<bool>& joined, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
