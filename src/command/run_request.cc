#include "command/run_request.hh"

#include <charconv>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "command/flow_file.hh"
#include "flow/quantity.hh"

namespace flowrun::command {

namespace {

constexpr Option options[] = {
    {.name = "set", .value = "NAME=VALUE", .help = "a parameter of the flow, as NAME=VALUE alone"},
    {.name = "trace",
     .value = "off|text|jsonl",
     .help = "how each hop is shown; text, or off where the flow writes stdout"},
    {.name = "trace-to", .value = "FILE", .help = "where (stdout); a name in .jsonl asks for that format"},
    {.name = "summary", .value = "text|json|off", .help = "how the run's account is shown on stderr (text)"},
    {.name = "quiet", .letter = 'q', .help = "only what is logged at warn and error; all else only if it fails"},
    {.name = "fail-on",
     .value = "unhandled|handled",
     .help = "handled: fail for what was handled or dropped, too (unhandled)"},
    {.name = "color", .value = "auto|always|never", .help = "auto: on a terminal; heeds NO_COLOR, CLICOLOR_FORCE"},
    {.name = "lock", .value = "PATH", .may_omit_value = true, .help = "one run at a time, else exit 75"},
    {.name = "lock-wait", .value = "TIME", .help = "wait so long for a run that holds the lock (0s)"},
    only_option,
    leave_option,
    {.name = "until", .value = "empty", .help = "end when sources and queues are empty, shared ones too"},
    {.name = "max-time", .value = "TIME", .help = "stop after so long, then exit 124"},
    {.name = "max-messages", .value = "N", .help = "stop when the sources have emitted so many"},
    {.name = "stall-after",
     .value = "TIME",
     .help = "name a hop in which nothing happens for so long; 0s: never (30s)"},
    {.name = "drain-timeout", .value = "TIME", .help = "how long a stopped run may deal with what it accepted (30s)"},
    plugin_path_option,
};

using Wrong = std::string;  // empty: nothing is

template <class T>
struct Choice {
    std::string_view name;
    T value;
};

constexpr Choice<TraceFormat> trace_formats[] = {
    {"off", TraceFormat::off}, {"text", TraceFormat::text}, {"jsonl", TraceFormat::jsonl}};
constexpr Choice<Summary> summaries[] = {{"text", Summary::text}, {"json", Summary::json}, {"off", Summary::off}};
constexpr Choice<FailOn> fail_ons[] = {{"unhandled", FailOn::unhandled}, {"handled", FailOn::handled}};
constexpr Choice<trace::Color> colors[] = {
    {"auto", trace::Color::automatic}, {"always", trace::Color::always}, {"never", trace::Color::never}};

template <class T, std::size_t N, class U>
Wrong choose(const Choice<T> (&choices)[N], std::string_view text, std::string_view from, U& into) {
    std::string known;
    for (const auto& [name, value] : choices) {
        if (name == text) {
            into = value;
            return {};
        }
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return std::string(from) + "=" + std::string(text) + ": use one of " + known;
}

Wrong read_duration(const Words::Given& given, Duration& into) {
    const auto duration = flow::duration_of(given.value);
    if (duration) {
        into = *duration;
        return {};
    }
    const auto& bad = duration.error();
    return "--" + std::string(given.option->name) + "=" + given.value + ": " + bad.message +
           (bad.remedy.empty() ? "" : "; " + bad.remedy);
}

Wrong read_count(const Words::Given& given, std::uint64_t& into) {
    const char* const end = given.value.data() + given.value.size();
    const auto [at, error] = std::from_chars(given.value.data(), end, into);
    if (error == std::errc() && at == end && into > 0) return {};
    return "--" + std::string(given.option->name) + "=" + given.value + ": use a whole number above 0";
}

Wrong read_argument(const std::string& text, flow::Arguments& into) {
    auto argument = flow::argument_of(text);
    if (!argument) return argument.error();
    into.push_back(std::move(*argument));
    return {};
}

Wrong read_option(const Words::Given& given, RunRequest& request) {
    const std::string_view name = given.option->name;
    const std::string& value = given.value;
    if (name == "set") return read_argument(value, request.arguments);
    if (name == "trace") return choose(trace_formats, value, "--trace", request.trace);
    if (name == "summary") return choose(summaries, value, "--summary", request.summary);
    if (name == "fail-on") return choose(fail_ons, value, "--fail-on", request.fail_on);
    if (name == "color") return choose(colors, value, "--color", request.color);
    if (name == "lock-wait") return read_duration(given, request.lock_wait);
    if (name == "max-time") return read_duration(given, request.max_time);
    if (name == "max-messages") return read_count(given, request.max_messages);
    if (name == "stall-after") return read_duration(given, request.stall_after);
    if (name == "drain-timeout") return read_duration(given, request.drain_timeout);
    if (name == "until" && value != "empty") return "--until=" + value + ": use empty";
    if (name == "until") request.until_empty = true;
    if (name == "quiet") request.quiet = true;
    if (name == "trace-to") {
        if (value.empty()) return "--trace-to= names no file";
        request.trace_to = value == "-" ? "" : value;
    }
    if (name == "lock") {
        if (given.has_value && value.empty()) return "--lock= names no file";
        request.lock = true;
        if (given.has_value) request.lock_path = value;
    }
    return {};
}

// What was said of the trace must agree; what was not said is filled in, as far as the flow is not needed for that.
Wrong settle_trace(RunRequest& request, bool trace_to_given) {
    if (request.trace == TraceFormat::off && !request.trace_to.empty()) return "--trace=off and --trace-to contradict";
    if (request.quiet && request.trace && request.trace != TraceFormat::off && request.trace_to.empty()) {
        return "--quiet and --trace contradict; with --trace-to=FILE the trace goes there";
    }
    const char* variable = std::getenv("FLOWRUN_TRACE");
    const bool heeded = variable != nullptr && *variable != '\0' && !request.trace && !request.quiet;
    if (heeded && !trace_to_given) return choose(trace_formats, variable, "FLOWRUN_TRACE", request.trace);
    if (!request.trace && trace_to_given) {
        const bool lines = request.trace_to.ends_with(".jsonl") || request.trace_to.ends_with(".ndjson");
        request.trace = lines ? TraceFormat::jsonl : TraceFormat::text;
    }
    if (request.quiet && !request.trace) request.trace = TraceFormat::off;
    return {};
}

}  // namespace

const std::span<const Option> run_options = options;

std::expected<RunRequest, std::string> request_of(const Words& words) {
    RunRequest request;
    request.plugin_path = plugin_path_of(words);
    auto selection = selection_of(words);
    if (!selection) return std::unexpected(selection.error());
    request.selection = std::move(*selection);
    for (const Words::Given& given : words.options) {
        if (Wrong wrong = read_option(given, request); !wrong.empty()) return std::unexpected(wrong);
    }
    if (Wrong wrong = settle_trace(request, words.has("trace-to")); !wrong.empty()) return std::unexpected(wrong);
    if (words.rest.empty()) return std::unexpected("name a flow, or - for standard input");
    request.flow = words.rest.front();
    for (auto word = std::next(words.rest.begin()); word != words.rest.end(); ++word) {
        if (Wrong wrong = read_argument(*word, request.arguments); !wrong.empty()) return std::unexpected(wrong);
    }
    return request;
}

}  // namespace flowrun::command
