#pragma once
// The order in which a durable edge delivers, held against that under which what lies in its queue was put in: a message
// there carries the key that it was given then.

#include <string>

#include "flow/catalog.hh"
#include "flow/checked.hh"
#include "flow/diagnostics.hh"

namespace flowrun::flow {

// What a queue keeps with its messages: "order: by_key, key: msg.customer". Of a key that has no text here, as one that comes from
// an edge before, nothing is known.
std::string order_words(const EdgeSpec& spec);

// Looks into the stores, reading only. An error where the order that the edge promises would not hold for what waits; a warning
// where it only is not what it was. Of a queue that this process does not take from it is always a warning.
void check_stored_orders(const Flow& flow, const std::vector<CheckedNode>& nodes, const std::vector<CheckedEdge>& edges,
                         Catalog& catalog, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
