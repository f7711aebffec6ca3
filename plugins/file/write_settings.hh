#pragma once
// What the settings of file.write say, and which do not go together. Throws sdk::Failure for those.

#include <flowrun/component.hh>

#include <optional>
#include <string>
#include <string_view>

#include "formats/format.hh"
#include "target.hh"

namespace flowrun::file {

// `fixed`: the path where it is the same for all messages.
void refuse_unusable(sdk::Value settings, const std::optional<std::string>& fixed);
// `rooted`: paths are meant from a root.
void check_path(std::string_view path, bool rooted);
Manner manner_of(const flowrun_values* values, sdk::Value settings);

}  // namespace flowrun::file
