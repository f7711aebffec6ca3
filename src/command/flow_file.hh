#pragma once
// A flow from its file to what the engine takes: read, its plugins found, checked. `run` and `check` both come through
// here, so that the one refuses exactly what the other prints.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/exit.hh"
#include "command/options.hh"
#include "component/catalog.hh"
#include "flow/arguments.hh"
#include "flow/check.hh"
#include "flow/source.hh"

namespace flowrun::command {

struct FlowFile {
    flow::Source source;
    std::unique_ptr<component::Catalog> catalog;  // outlives what was checked
    flow::Checked checked;
};

// The text of a file, or of standard input for "-". The error is a message.
std::expected<std::string, std::string> text_of(const std::string& path);

// Of --plugin-path, in order.
std::vector<std::string> plugin_path_of(const Words& words);
// Says so when one of them is no folder. Those that a variable or the flow names may be missing.
std::optional<std::string> missing_plugin_folder(const Words& words);
inline constexpr Option plugin_path_option = {"plugin-path", 0, "FOLDER", false,
                                              "look for plugins here first; may be given more than once"};

// --only and --leave. The error is a message.
std::expected<flow::Selection, std::string> selection_of(const Words& words);
inline constexpr Option only_option = {"only", 0, "NODES", false,
                                       "run these nodes alone, as a,b; the edges to others are cut"};
inline constexpr Option leave_option = {"leave", 0, {}, false, "put messages into durable edges, and take none out"};

// Of what was checked.
Exit exit_of(const FlowFile& file);

// The error is a message: the file could not be read. What is wrong with the flow is in `checked`. What the
// engine at hand does not do is added to what is `given`.
std::expected<FlowFile, std::string> load(const std::string& path, const flow::Arguments& arguments,
                                          const std::vector<std::string>& plugin_path,
                                          const flow::CheckOptions& given = {});

}  // namespace flowrun::command
