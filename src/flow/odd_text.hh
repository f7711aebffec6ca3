#pragma once
// Texts that hold what was not meant to be in them: a quote of a typographer, a comma, a comment, an escape that nothing
// reads. Remedies; empty where there is nothing of the kind.

#include <string>
#include <string_view>

#include "flow/tree.hh"

namespace flowrun::flow {

// Of a text that is wrong where it stands: what may have got into it.
std::string odd_in(const Tree& scalar);
std::string odd_in(std::string_view text);
// Of a plain text that may be right, yet begins or ends with a quote that has no other.
std::string odd_ends(const Tree& scalar);

}  // namespace flowrun::flow
