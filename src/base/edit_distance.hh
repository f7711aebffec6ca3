#pragma once

#include <cstddef>
#include <string_view>

namespace flowrun {

// Damerau-Levenshtein: how many insertions, deletions, changes and swaps of neighbours make one text of the other.
// Another case of an ASCII letter is no change. Takes time by the product of the sizes.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace flowrun
