#pragma once
// What nodes said that they will read and write: claims of two nodes, or of two instances of one, that cannot hold together.

#include <vector>

#include "flow/checked.hh"
#include "flow/diagnostics.hh"

namespace flowrun::flow {

void check_claims(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
