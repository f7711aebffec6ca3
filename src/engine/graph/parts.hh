#pragma once
// The strongly connected parts of the graph: nodes between which messages can go in a circle. What is drained is drained
// part by part, from the sources down.

#include "engine/graph/graph.hh"

namespace flowrun::engine {

// Sets Node::part and Graph::parts: every edge leads to the same part or to one with a higher number.
void number_parts(Graph& graph);

}  // namespace flowrun::engine
