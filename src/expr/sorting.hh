#pragma once
// Sorting of values by keys of one order: numbers of any type, or all of one ordered type.

#include <cstdint>

#include "expr/op.hh"

namespace flowrun::expr {

// A list of `items` in the order of their keys, equal ones as they stood; or an error at `op`.
Value sorted(Context& context, const Op& op, const Value* items, const Value* keys, std::uint32_t count);

}  // namespace flowrun::expr
