#pragma once

#include "value/node.hh"

namespace flowrun::value {

// Whether two nodes of number kinds are the same number. Kind::real is compared as the double that it reads as.
bool equal_numbers(const Node& a, const Node& b);

}  // namespace flowrun::value
