#pragma once
// Addresses that nodes listen on (x-listen): two nodes cannot have one.

#include <vector>

#include "flow/checked.hh"
#include "flow/diagnostics.hh"

namespace flowrun::flow {

void check_listeners(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
