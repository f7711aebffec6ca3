#pragma once
// Regular expressions, as RE2 writes and runs them: in time linear in the text.

#include <string>
#include <string_view>

namespace flowrun::expr {

// What is wrong with a pattern; empty: nothing.
std::string pattern_problem(std::string_view pattern);

}  // namespace flowrun::expr
