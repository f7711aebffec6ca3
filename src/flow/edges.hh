#pragma once
// The section `edges`, in all notations, with the options of each edge and their defaults.

#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

// `defaults`: the map under `defaults.edge`; nullptr: none. False when an edge was left out because of a mistake in it.
bool read_edges(const Tree& edges, const Tree* defaults, const Diagnostics& diagnostics, std::vector<EdgeSpec>& out);

// Tells what is wrong with the defaults of edges.
void check_edge_defaults(const Tree& defaults, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
