#include "command/run_request.hh"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <vector>

#include "command/plugin_path.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

std::expected<RunRequest, std::string> requested(const std::vector<std::string_view>& words) {
    const auto parsed = parse(run_options, words);
    REQUIRE(parsed);
    return request_of(*parsed);
}

std::string wrong(const std::vector<std::string_view>& words) {
    const auto request = requested(words);
    REQUIRE_FALSE(request);
    return request.error();
}

struct Variable {
    Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~Variable() { ::unsetenv(name_); }
    const char* name_;
};

}  // namespace

TEST_CASE("a run is asked for by a flow, and all else has a default") {
    const auto request = requested({"a.yaml"});
    REQUIRE(request);
    CHECK(request->flow == "a.yaml");
    CHECK_FALSE(request->trace);
    CHECK_FALSE(request->lock);
    CHECK(request->drain_timeout == 30 * second);
    CHECK(request->max_time == 0);
}

TEST_CASE("arguments come as words and by --set, in order") {
    const auto request = requested({"--set", "b=2", "a.yaml", "a=1", "c=x=y"});
    REQUIRE(request);
    REQUIRE(request->arguments.size() == 3);
    CHECK(request->arguments[0].name == "b");
    CHECK(request->arguments[2].value == "x=y");
}

TEST_CASE("every option of a run is read") {
    const auto request = requested({"-", "--trace=jsonl", "--trace-to=t", "--color=never", "--quiet", "--lock=/l",
                                    "--lock-wait=1m30s", "--max-time=2h", "--max-messages=7", "--drain-timeout=5s",
                                    "--summary=json", "--plugin-path=a:b", "--plugin-path", "c"});
    REQUIRE(request);
    CHECK(request->trace == TraceFormat::jsonl);
    CHECK(request->trace_to == "t");
    CHECK(request->color == trace::Color::never);
    CHECK(request->quiet);
    CHECK(request->lock);
    CHECK(request->lock_path == "/l");
    CHECK(request->lock_wait == 90 * second);
    CHECK(request->max_time == 7200 * second);
    CHECK(request->max_messages == 7);
    CHECK(request->drain_timeout == 5 * second);
    CHECK(request->summary == Summary::json);
    CHECK(request->plugin_path == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("where the trace goes may say its format, and stdout is a dash") {
    CHECK(requested({"a", "--trace-to=x.jsonl"})->trace == TraceFormat::jsonl);
    CHECK(requested({"a", "--trace-to=x.log"})->trace == TraceFormat::text);
    CHECK(requested({"a", "--trace-to=x.jsonl", "--trace=text"})->trace == TraceFormat::text);
    CHECK(requested({"a", "--trace-to=-"})->trace == TraceFormat::text);
    CHECK(requested({"a", "--trace-to=-"})->trace_to.empty());
}

TEST_CASE("a quiet run traces nothing to stdout, but may to a file") {
    CHECK(requested({"a", "-q"})->trace == TraceFormat::off);
    CHECK(requested({"a", "-q", "--trace=off"})->trace == TraceFormat::off);
    CHECK(requested({"a", "-q", "--trace-to=x"})->trace == TraceFormat::text);
    CHECK(wrong({"a", "-q", "--trace=text"}) ==
          "--quiet and --trace contradict; with --trace-to=FILE the trace goes there");
    CHECK(wrong({"a", "--trace=off", "--trace-to=x"}) == "--trace=off and --trace-to contradict");
}

TEST_CASE("FLOWRUN_TRACE is heeded where the command line says nothing") {
    {
        const Variable variable("FLOWRUN_TRACE", "jsonl");
        CHECK(requested({"a"})->trace == TraceFormat::jsonl);
        CHECK(requested({"a", "--trace=text"})->trace == TraceFormat::text);
        CHECK(requested({"a", "-q"})->trace == TraceFormat::off);
    }
    {
        const Variable variable("FLOWRUN_TRACE", "yes");
        CHECK(wrong({"a"}) == "FLOWRUN_TRACE=yes: use one of off, text, jsonl");
    }
    const Variable variable("FLOWRUN_TRACE", "");
    CHECK_FALSE(requested({"a"})->trace);
}

TEST_CASE("what is wrong with a request is told with the remedy") {
    CHECK(wrong({}) == "name a flow, or - for standard input");
    CHECK(wrong({"a", "--trace=xml"}) == "--trace=xml: use one of off, text, jsonl");
    CHECK(wrong({"a", "--max-messages=0"}) == "--max-messages=0: use a whole number above 0");
    CHECK(wrong({"a", "--max-messages=5x"}) == "--max-messages=5x: use a whole number above 0");
    CHECK(wrong({"a", "--max-time=10sec"}).starts_with("--max-time=10sec: "));
    CHECK(wrong({"a", "b"}) == "'b' is no parameter: write name=value");
    CHECK(wrong({"a", "--lock="}) == "--lock= names no file");
    CHECK(wrong({"a", "--trace-to="}) == "--trace-to= names no file");
}

TEST_CASE("plugins are looked for in the order that was promised, never in the current folder") {
    const Variable variable("FLOWRUN_PLUGIN_PATH", ":/env/one::/env/two:");
    const auto folders = plugin_folders({"/given"}, {"/of/flow"});
    REQUIRE(folders.size() == 5);
    CHECK(folders[0] == "/given");
    CHECK(folders[1] == "/env/one");
    CHECK(folders[2] == "/env/two");
    CHECK(folders[3] == "/of/flow");
    CHECK(folders[4].ends_with("/lib/flowrun"));
}
