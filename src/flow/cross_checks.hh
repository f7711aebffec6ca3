#pragma once
// What the options of an edge mean together with its target and with the run, where neither is wrong alone.

#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"

namespace flowrun::flow {

// `joined` as join() gave it. Attempts that may take longer than `drain_timeout` are warned of.
void check_policies(const Flow& flow, const std::vector<bool>& joined, Duration drain_timeout,
                    const Diagnostics& diagnostics);

}  // namespace flowrun::flow
