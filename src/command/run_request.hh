#pragma once
// What the command line and the environment ask of a run.

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/world.hh"
#include "command/options.hh"
#include "flow/arguments.hh"
#include "flow/selection.hh"
#include "trace/color.hh"

namespace flowrun::command {

enum class TraceFormat : std::uint8_t { off, text, jsonl };
enum class Summary : std::uint8_t { off, text, json };
enum class FailOn : std::uint8_t { unhandled, handled };

struct RunRequest {
    std::string flow;  // "-": standard input
    flow::Arguments arguments;
    std::vector<std::string> plugin_path;

    std::optional<TraceFormat> trace;  // nothing: as the flow has it
    std::string trace_to;              // empty: stdout
    trace::Color color = trace::Color::automatic;
    bool quiet = false;
    FailOn fail_on = FailOn::
        unhandled;  // which failures make the run fail; handled: those too that an error edge took, and what was dropped
    std::optional<Summary> summary;  // nothing: text, or when quiet only of a failure

    bool lock = false;
    std::string lock_path;  // empty: the flow's
    Duration lock_wait = 0;

    Duration drain_timeout = 30 * second;
    Duration stall_after = 30 * second;  // 0: never
    Duration max_time = 0;               // 0: unbounded
    std::uint64_t max_messages = 0;      // 0: unbounded
    bool until_empty = false;            // --until=empty
    flow::Selection selection;           // which part of the flow this process runs
};

extern const std::span<const Option> run_options;

// Reads FLOWRUN_TRACE too. The error is a message.
std::expected<RunRequest, std::string> request_of(const Words& words);

}  // namespace flowrun::command
