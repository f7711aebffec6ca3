#pragma once
// The section `params`: declarations of parameters. Their defaults stay as written until check reads them by type.

#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

std::vector<Param> read_params(const Tree& params, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
