#pragma once
// Where failures go: who takes them, and what is done again because of them.

#include "flow/diagnostics.hh"
#include "flow/flow.hh"

namespace flowrun::flow {

// Of a flow whose edges are all joined. Warns of a node that an async edge leads to and whose failures nobody takes, of edges
// from a port for failures that lead back into what the port guards, and of retries within one another.
void check_failures(const Flow& flow, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
