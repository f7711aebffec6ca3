#pragma once
// The section `nodes`.

#include <string>
#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

struct NodesRead {
    std::vector<NodeSpec> nodes;
    std::vector<std::string> strays;  // keys that stand among the nodes and belong elsewhere; they have been told
    bool whole = true;                // false: there are nodes, in a form that cannot be read
};

// `defaults`: the map under `defaults.node`; nullptr: none.
NodesRead read_nodes(const Tree& nodes, const Tree* defaults, const Diagnostics& diagnostics);

// Tells what is wrong with the defaults of nodes.
void check_node_defaults(const Tree& defaults, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
