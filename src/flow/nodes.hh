#pragma once
// The section `nodes`.

#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

// `defaults`: the map under `defaults.node`; nullptr: none.
std::vector<NodeSpec> read_nodes(const Tree& nodes, const Tree* defaults, const Diagnostics& diagnostics);

// Tells what is wrong with the defaults of nodes.
void check_node_defaults(const Tree& defaults, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
