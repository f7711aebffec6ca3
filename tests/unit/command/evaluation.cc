#include "command/evaluation.hh"

#include <catch2/catch.hpp>
#include <string>

#include "base/virtual.hh"
#include "expr/world_surroundings.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

struct Here {
    Virtual world{1};
    expr::WorldSurroundings surroundings{world, 1};

    Evaluation make(std::string text, Print print = Print::json, bool with_message = true, flow::Arguments given = {}) {
        auto made = Evaluation::make(std::move(text), given, with_message, print, surroundings);
        INFO((made ? "" : made.error()));
        REQUIRE(made);
        return std::move(*made);
    }
    std::string wrong(std::string text, Print print = Print::json, flow::Arguments given = {}) {
        auto made = Evaluation::make(std::move(text), given, true, print, surroundings);
        REQUIRE_FALSE(made);
        return made.error();
    }
};

std::string of(Evaluation& evaluation, std::string_view line) {
    std::string out;
    const auto done = evaluation.message(line, out);
    INFO((done ? "" : done.error()));
    REQUIRE(done);
    return out;
}

std::string failure_of(Evaluation& evaluation, std::string_view line) {
    std::string out = "before";
    const auto done = evaluation.message(line, out);
    REQUIRE_FALSE(done);
    CHECK(out == "before");
    return done.error();
}

}  // namespace

TEST_CASE("a result is a line of JSON, and pieces of the message are as they were read") {
    Here here;
    auto total = here.make("msg.n + 1");
    CHECK(of(total, R"({"n":41})") == "42\n");
    CHECK(of(total, R"({"n":9007199254740992})") == "9007199254740993\n");
    auto whole = here.make("msg");
    auto piece = here.make("msg.n.price");
    CHECK(of(piece, R"({"n":{"price":1.50}})") == "1.50\n");
    CHECK(of(piece, R"({"n":{"price":"a\u0062"}})") == "\"ab\"\n");
    CHECK(failure_of(piece, R"({"n":{}})").starts_with("no such key: 'price'"));
    CHECK(failure_of(piece, R"({"n":7})").starts_with("int has no members"));
    CHECK(of(whole, R"({"n": 1.50, "m": 123456789012345678901234567890})") ==
          "{\"n\": 1.50, \"m\": 123456789012345678901234567890}\n");
    auto made = here.make("{'a': [msg.n, 'x\"'], 'b': 1.0}");
    CHECK(of(made, R"({"n":null})") == "{\"a\":[null,\"x\\\"\"],\"b\":1.0}\n");
}

TEST_CASE("an empty optional prints nothing, a full one what it holds") {
    Here here;
    auto evaluation = here.make("msg.?n");
    CHECK(of(evaluation, R"({"n":1})") == "1\n");
    CHECK(of(evaluation, R"({})").empty());
}

TEST_CASE("a filter prints the messages as they were read, and wants a bool") {
    Here here;
    auto evaluation = here.make("msg.n > 1", Print::filter);
    CHECK(of(evaluation, R"({"n": 2.0})") == "{\"n\": 2.0}\n");
    CHECK(of(evaluation, R"({"n":1})").empty());
    CHECK(here.wrong("1 + 1", Print::filter).starts_with("expression:1:"));
    auto dynamic = here.make("msg.n", Print::filter);
    CHECK(failure_of(dynamic, R"({"n":1})") ==
          "the expression gives int, where bool is wanted, in 'msg.n' (the value was 1)");
}

TEST_CASE("strings may be printed raw, results with their types, and every step") {
    Here here;
    auto raw = here.make("msg.s", Print::raw);
    CHECK(of(raw, R"({"s":"a\"b"})") == "a\"b\n");
    CHECK(of(raw, R"({"s":["a"]})") == "[\"a\"]\n");
    auto typed = here.make("msg.n", Print::typed);
    CHECK(of(typed, R"({"n":1})") == "{\"int\":\"1\"}\n");
    auto explained = here.make("msg.n + 1", Print::explain);
    CHECK(of(explained, R"({"n":2})").find("msg.n") != std::string::npos);
}

TEST_CASE("arguments are variables that hold strings") {
    Here here;
    auto evaluation = here.make("msg.s == wanted", Print::json, true, {{"wanted", "1"}});
    CHECK(of(evaluation, R"({"s":"1"})") == "true\n");
    CHECK(of(evaluation, R"({"s":1})") == "false\n");
    CHECK(here.wrong("1", Print::json, {{"a-b", "1"}}) ==
          "flowrun: eval: --arg a-b: a name in an expression has no '-'\n");
    CHECK(here.wrong("1", Print::json, {{"msg", "1"}}) == "flowrun: eval: --arg msg: there is such a name already\n");
}

TEST_CASE("without a message there is no msg") {
    Here here;
    auto evaluation = here.make("6 * 7", Print::json, false);
    std::string out;
    REQUIRE(evaluation.alone(out));
    CHECK(out == "42\n");
    CHECK_FALSE(Evaluation::make("msg", {}, false, Print::json, here.surroundings));
}

TEST_CASE("a mistake in the expression is told with place and caret, one in a message with what it choked on") {
    Here here;
    const std::string problem = here.wrong("mgs.n + 1");
    CHECK(problem.starts_with("expression:1:1: error: "));
    CHECK(problem.find("^~~") != std::string::npos);
    CHECK(problem.find("'msg'") != std::string::npos);
    auto evaluation = here.make("msg.n + 1");
    CHECK(failure_of(evaluation, R"({"n":"x"})") ==
          R"('+' does not take (string, int), in 'msg.n + 1' (the values were "x" and 1))");
    CHECK(failure_of(evaluation, R"({"n":)").starts_with("not JSON: "));
    auto endless = here.make("[msg.n / 0.0]");
    CHECK(failure_of(endless, R"({"n":1})") ==
          "Infinity cannot be written in JSON, in '[msg.n / 0.0]' (the value was [Infinity])");
    CHECK(of(evaluation, R"({"n":1})") == "2\n");
}
