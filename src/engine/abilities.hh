#pragma once
// Keys of the language that the engine does not do yet: `check` refuses them by name rather than let them be ignored.

#include <string>
#include <vector>

namespace flowrun::engine {

// As flow::CheckOptions::not_yet wants them.
inline std::vector<std::string> not_yet() { return {}; }

}  // namespace flowrun::engine
