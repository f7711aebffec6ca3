#pragma once
// The file that a trace goes to is emptied first: it must be none that the run needs.

#include <optional>
#include <string>

#include "flow/check.hh"

namespace flowrun::command {

// What the trace would overwrite, as a message; nothing: the path can be had. `flow`: the file of the flow.
std::optional<std::string> trace_overwrites(const std::string& trace_to, const std::string& flow,
                                            const flow::Checked& checked);

}  // namespace flowrun::command
