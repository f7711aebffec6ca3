#pragma once
// Where plugins are looked for.

#include <string>
#include <string_view>
#include <vector>

namespace flowrun::command {

// In this order: those given with --plugin-path, those of FLOWRUN_PLUGIN_PATH (separated by colons), the flow's own, and
// the folder that belongs to this program: ../lib/flowrun beside it. The current folder only where it is named.
std::vector<std::string> plugin_folders(const std::vector<std::string>& given, const std::vector<std::string>& of_flow);

// "a:b::c" gives a, b, c.
std::vector<std::string> split_path(std::string_view text);

}  // namespace flowrun::command
