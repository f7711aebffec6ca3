#pragma once
// "did you mean": the name that a mistaken one is closest to.

#include <string>
#include <string_view>
#include <vector>

namespace flowrun::expr {

// Empty when none is close.
std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& names);
// "did you mean 'total'?", or `otherwise`.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& names,
                         std::string otherwise = {});

}  // namespace flowrun::expr
