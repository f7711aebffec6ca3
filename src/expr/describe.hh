#pragma once
// A failure in words, for people.

#include <string>
#include <string_view>

#include "expr/failure.hh"

namespace flowrun::expr {

// One line: the message, the sub-expression that failed within the whole `text`, and the values it choked on; each
// shortened with an ellipsis, secrets as ***.
std::string describe(const Failure& failure, std::string_view text);

// The values alone, "3" or "3 and \"x\""; empty when there are none.
std::string culprits_of(const Failure& failure);

}  // namespace flowrun::expr
