#pragma once
// Values as the text that string() and interpolation make of them.

#include <string>

#include "expr/value.hh"

namespace flowrun::expr {

// The shortest that reads back as the same number: 1.5, 100, 1e+21, NaN, Infinity.
std::string format_double(double d);

// Of null, bool, numbers, string, timestamp, duration, type. Not of lists, maps, bytes, optionals, secrets: false.
bool append_text(const Value& v, std::string& out);

}  // namespace flowrun::expr
