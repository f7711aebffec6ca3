#pragma once
// Copying Nodes with all that they point at. Text that several Nodes share (a list's, and its members' within it) is
// copied once.

#include <cstddef>

#include "value/node.hh"

namespace flowrun::value {

// Bytes of text that a copy of `root` takes, not counting its Nodes.
std::size_t text_bytes(const Node& root);

// Copies root.span Nodes to `nodes` and text_bytes(root) bytes to `text`. The copies point into `text`; none is an
// owned root.
void copy_nodes(const Node& root, Node* nodes, char* text);

}  // namespace flowrun::value
