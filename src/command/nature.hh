#pragma once
// What kind of setting a setting is, in a few words: "a duration such as 250ms; default 1s".

#include <string>
#include <string_view>
#include <vector>

#include "flow/setting.hh"

namespace flowrun::command {

std::string nature_of(const flow::Setting& setting);

std::string joined(const std::vector<std::string>& parts, std::string_view between);

}  // namespace flowrun::command
