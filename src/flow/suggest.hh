#pragma once
// "did you mean": the nearest name of a closed set.

#include <span>
#include <string>
#include <string_view>

namespace flowrun::flow {

// The name of `known` that is nearest to `wrong` by Damerau-Levenshtein distance (letter case counts for little), or
// nothing when none is near enough: at most a third of its length, at least 1, changed. The first of equals.
std::string_view nearest(std::string_view wrong, std::span<const std::string> known);
std::string_view nearest(std::string_view wrong, std::span<const std::string_view> known);

// A remedy: "did you mean 'overflow'?", or "there are: a, b, c" when none is near and there are not too many, else "".
std::string suggest(std::string_view wrong, std::span<const std::string> known);
std::string suggest(std::string_view wrong, std::span<const std::string_view> known);

}  // namespace flowrun::flow
