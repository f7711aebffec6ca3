#pragma once
// Which part of a flow this process runs (`run --only`), and what it leaves to others (`--leave`). The edges between the part
// and the rest are cut: what is sent over them must wait somewhere.

#include <string>
#include <vector>

#include "flow/checked.hh"
#include "flow/diagnostics.hh"

namespace flowrun::flow {

struct Selection {
    std::vector<std::string> only;  // names of nodes; empty: all
    bool leave = false;             // what is put into durable edges is not taken out
    bool asks_for_part() const { return leave || !only.empty(); }
};

// Fills CheckedNode::elsewhere and CheckedEdge::leaves; `flow` is joined. What is wrong with the selection has no place: it
// comes of the command line. `before_run`: what the run itself will find out is not warned of.
void select(const Selection& selection, const Flow& flow, std::vector<CheckedNode>& nodes,
            std::vector<CheckedEdge>& edges, bool before_run, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
