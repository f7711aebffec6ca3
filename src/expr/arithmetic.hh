#pragma once
// The arithmetic operators: integers exact or an error, never wrapped; an int or uint beside a double becomes one.

#include "expr/ast.hh"
#include "expr/op.hh"

namespace flowrun::expr {

Value add(Context& context, const Op& op, const Value& a, const Value& b);
Value subtract(Context& context, const Op& op, const Value& a, const Value& b);
Value multiply(Context& context, const Op& op, const Value& a, const Value& b);
Value divide(Context& context, const Op& op, const Value& a, const Value& b);
Value modulo(Context& context, const Op& op, const Value& a, const Value& b);
Value negate(Context& context, const Op& op, const Value& a);

// The type of `a op b`; false: no such operation.
bool binary_type(Operator op, const Type& a, const Type& b, Type& out);

// Whether a timestamp can be written: years 1 to 9999.
inline bool moment_in_range(std::int64_t seconds) { return seconds >= -62135596800 && seconds <= 253402300799; }

}  // namespace flowrun::expr
