#pragma once
// Where durable queues lie: the URLs of edges, evaluated, and held against one another.

#include "flow/catalog.hh"
#include "flow/checked.hh"
#include "flow/expression_compiler.hh"

namespace flowrun::flow {

// Fills CheckedEdge::queue, or spill.
void resolve_queue(const EdgeSpec& spec, const std::string& flow, ExpressionCompiler& expressions, Catalog& catalog,
                   CheckedEdge& edge);
// Warns of what gathers its output behind a durable edge: a message that is noted as dealt with is not yet written. `edges` are
// joined to their nodes.
void check_gathering(const Flow& flow, const std::vector<CheckedNode>& nodes, const std::vector<CheckedEdge>& edges,
                     const Diagnostics& diagnostics);
// As it may be shown.
std::string without_password(std::string_view url);

// One queue for two edges would give the messages of one to the other.
void check_queues(const Flow& flow, const std::vector<CheckedEdge>& edges, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
