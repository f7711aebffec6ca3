#pragma once
// JSON numbers as text: what kind one is, and the double that it reads as.

#include <optional>
#include <string_view>

#include "value/kind.hh"

namespace flowrun::value {

// The kind of a number whose grammar holds. `whole`: it has neither fraction nor exponent.
//
// A number with fraction or exponent is `real` when the nearest double is finite, and is not 0 unless the number is:
// 1e400 and 1e-400 are Kind::number, so that nobody reads an infinity or a 0 that was not written.
Kind kind_of_number(std::string_view text, bool whole);

// The nearest double to a number whose grammar holds; nothing where kind_of_number would say Kind::number.
std::optional<double> double_of(std::string_view text);

}  // namespace flowrun::value
