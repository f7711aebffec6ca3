#pragma once
// The section `params`: declarations of parameters. Their defaults stay as written until check reads them by type.

#include <vector>

#include "flow/flow.hh"
#include "flow/notes.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

std::vector<Param> read_params(const Tree& params, const Notes& notes);

}  // namespace flowrun::flow
