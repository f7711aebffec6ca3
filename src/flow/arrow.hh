#pragma once
// Edges in their short notation: `a -> b`, `a.out ~> b.in`, chains `a -> b ~> c`, several targets `a -> [b, c]`.

#include <cstdint>
#include <string>
#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"

namespace flowrun::flow {

struct Link {
    Endpoint from, to;
    Mode mode = Mode::sync;
    Place place;        // of the arrow
    bool last = false;  // it is of the last arrow, to which options belong
};

// The text of an edge with the offsets of its bytes in the source.
struct ArrowText {
    const std::string& text;
    const std::vector<std::uint32_t>& offsets;
    const Place& place;
};

// One link for each arrow and target; empty, and told, when the text is no edge.
std::vector<Link> links_of(const ArrowText& arrow, const Diagnostics& diagnostics);

// `node` or `node.port`; false, and told, when it is neither. The port stays empty when it is not given.
bool endpoint_of(std::string_view text, const Place& place, const Diagnostics& diagnostics, Endpoint& out);

// Whether a text is meant as an edge: it has an arrow in it, or what looks like one.
bool has_arrow(std::string_view text);

}  // namespace flowrun::flow
