// How a command ended, and the end of what it wrote to stderr.

#include "ending.hh"

#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <string_view>

#include "values.hh"

using namespace flowrun::core::exec;
using flowrun::sdk::Status;
using flowrun::test::table;

namespace {

const std::string replaced = "\xEF\xBF\xBD";

Tail tail_of(std::string_view text) {
    Tail tail;
    tail.append(text);
    return tail;
}

struct Told {
    Told(Ending ending, const std::string& command = "it")
        : builder(table()), failure(failure_of(command, ending, builder)) {}
    std::string text() const { return failure.what(); }
    flowrun::sdk::Builder builder;
    flowrun::sdk::Failure failure;
};

Ending exit_code(int number, std::string_view errors = {}) { return {false, number, tail_of(errors)}; }

}  // namespace

TEST_CASE("bytes that are no UTF-8 are replaced, one for one") {
    CHECK(utf8_of("aé\xE2\x82\xAC\xF0\x9F\x98\x80") == "aé\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK(utf8_of("a\xFF"
                  "b") == "a" + replaced + "b");
    CHECK(utf8_of("\xC3") == replaced);
    CHECK(utf8_of("\xE2\x82") == replaced + replaced);
    CHECK(utf8_of("\xC0\xAF") == replaced + replaced);                 // longer than it need be
    CHECK(utf8_of("\xED\xA0\x80") == replaced + replaced + replaced);  // half of a surrogate pair
    CHECK(utf8_of("\xF4\x90\x80\x80").size() == 4 * replaced.size());  // beyond U+10FFFF
    CHECK(utf8_of("\xE0\x9F\xBF").size() == 3 * replaced.size());
}

TEST_CASE("a tail keeps the end") {
    CHECK(tail_of("").text().empty());
    CHECK(tail_of("abc").text() == "abc");
    const std::string much = std::string(Tail::most, 'a') + std::string(Tail::most, 'b');
    CHECK(tail_of(much).text() == std::string(Tail::most, 'b'));
    Tail pieces;
    for (int i = 0; i < 10'000; ++i) pieces.append("0123456789");
    const std::string text = pieces.text();
    CHECK(text.size() == Tail::most);
    CHECK(text.ends_with("0123456789"));
}

TEST_CASE("a tail that was cut begins with a whole character") {
    Tail tail;
    for (std::size_t i = 0; i < 4 * Tail::most; ++i) tail.append("\xE2\x82\xAC");
    const std::string text = tail.text();
    CHECK(text.size() <= Tail::most);
    CHECK(text.starts_with("\xE2\x82\xAC"));
    CHECK(text.find(replaced) == std::string::npos);
}

TEST_CASE("the last line is the last that says something") {
    CHECK(tail_of("one\ntwo\n\n \t\r\n").last_line() == "two");
    CHECK(tail_of("one").last_line() == "one");
    CHECK(tail_of(" \n\n").last_line().empty());
    CHECK(tail_of(std::string(1000, 'x')).last_line() == std::string(500, 'x'));
}

TEST_CASE("the codes that are ok are those that are listed") {
    CHECK(exit_code(0).good({0}));
    CHECK(exit_code(3).good({0, 3}));
    CHECK_FALSE(exit_code(1).good({0}));
    CHECK_FALSE(exit_code(0).good({}));
    CHECK_FALSE(Ending{true, 0, {}}.good({0}));
}

TEST_CASE("an ending becomes a failure that says how and shows stderr") {
    const Told one(exit_code(1, "a\nit broke\n"));
    CHECK(one.text() == "'it' ended with exit code 1: it broke");
    CHECK(one.failure.code() == Status::failed);
    const flowrun_error raw = one.failure.raw();
    CHECK(flowrun::sdk::Value(table(), raw.detail).json() ==
          R"({"command":"it","exit_code":1,"stderr":"a\nit broke\n"})");

    const Told killed(Ending{true, SIGTERM, {}});
    CHECK(killed.text() == "'it' was killed by signal TERM");
    CHECK(killed.failure.code() == Status::failed);
    CHECK(flowrun::sdk::Value(table(), killed.failure.raw().detail).json() ==
          R"({"command":"it","signal":"TERM","stderr":""})");
}

TEST_CASE("some exit codes say more than that it failed") {
    CHECK(Told(exit_code(75)).failure.code() == Status::unavailable);
    CHECK(Told(exit_code(126)).failure.code() == Status::permanent);
    CHECK(Told(exit_code(127)).failure.code() == Status::permanent);
    CHECK(Told(exit_code(128)).failure.code() == Status::failed);
    CHECK(Told(Ending{true, 75, {}}).failure.code() == Status::failed);
}

TEST_CASE("a command that has not ended is told with what it wrote") {
    flowrun::sdk::Builder builder(table());
    const auto failure = failure_of("i\xFFt", Status::timeout, "did not answer", tail_of("waiting\n"), builder);
    CHECK(std::string(failure.what()) == "'i" + replaced + "t' did not answer; it wrote: waiting");
    CHECK(failure.code() == Status::timeout);
}
