// What a general parser may read into words, and ours must not.

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <vector>

#include "command/options.hh"

using namespace flowrun::command;

namespace {

constexpr Option table[] = {
    {.name = "set", .value = "NAME=VALUE", .help = "a parameter"},
    {.name = "trace", .value = "off|text", .help = "how"},
    {.name = "lock", .value = "PATH", .may_omit_value = true, .help = "one at a time"},
    {.name = "quiet", .letter = 'q', .help = "no words"},
    {.name = "number", .letter = 'n', .value = "N", .help = "how many"},
};

using Strings = std::vector<std::string>;

std::expected<Words, std::string> parsed(const std::vector<std::string_view>& words) { return parse(table, words); }

Strings values(const std::vector<std::string_view>& words) {
    const auto result = parsed(words);
    REQUIRE(result);
    Strings all;
    for (const Words::Given& given : result->options) {
        all.push_back(std::string(given.option->name) + (given.has_value ? "=" + given.value : ""));
    }
    return all;
}

std::string wrong(const std::vector<std::string_view>& words) {
    const auto result = parsed(words);
    REQUIRE_FALSE(result);
    return result.error();
}

}  // namespace

TEST_CASE("a value may be empty, and takes no other word in its place") {
    const auto words = parsed({"--trace=", "a.yaml", "--set", "", "--lock=", "b"});
    REQUIRE(words);
    CHECK(words->rest == Strings{"a.yaml", "b"});
    CHECK(values({"--trace=", "a.yaml", "--set", "", "--lock="}) == Strings{"trace=", "set=", "lock="});
    CHECK(values({"--trace="}) == Strings{"trace="});
}

TEST_CASE("a value may begin with a dash or look like an option") {
    CHECK(values({"--number", "-5", "--set=-x", "--set", "--quiet", "--set", "--a=b", "--trace", "--"}) ==
          Strings{"number=-5", "set=-x", "set=--quiet", "set=--a=b", "trace=--"});
    CHECK(values({"-n", "-5"}) == Strings{"number=-5"});
    CHECK(values({"-n5"}) == Strings{"number=5"});
}

TEST_CASE("an option given several times has each value, in the order of all") {
    CHECK(values({"--set", "a=b", "-q", "--set=c=d", "--lock", "--set", "e=", "--lock=x", "-q"}) ==
          Strings{"set=a=b", "quiet", "set=c=d", "lock", "set=e=", "lock=x", "quiet"});
    CHECK(parsed({"--lock", "--lock=x"})->find("lock")->value == "x");
    CHECK_FALSE(parsed({"--lock=x", "--lock"})->find("lock")->has_value);
}

TEST_CASE("no word and no value is anything but itself") {
    const Strings odd = {
        "{",    "}",   "{}", "[a,b]", "[]", "%%", "true",     "false", "\"a b\"", "'a'", "a,b",
        "a;b",  "a b", "",   "++",    "/q", "/?", "/trace:x", "!x",    "@file",   "x=1", "\xC3\xA9=\xE2\x82\xAC",
        "\xFF", "\\n", "#",  "=",     "=x", ":",  "a\nb",     "~",     "$HOME",   "*"};
    for (const std::string& word : odd) {
        INFO(word);
        CHECK(parsed({word, "-q"})->rest == Strings{word});
        CHECK(parsed({"--", word})->rest == Strings{word});
        CHECK(values({"--set", word}) == Strings{"set=" + word});
        const std::string set = "--set=" + word, lock = "--lock=" + word, quiet = "--quiet=" + word;
        CHECK(values({set}) == Strings{"set=" + word});
        CHECK(values({lock}) == Strings{"lock=" + word});
        CHECK(wrong({quiet}) == "--quiet takes no value");
    }
}

TEST_CASE("words of many kinds stay in their order, around options and behind two dashes") {
    const auto words =
        parsed({"f.yaml", "a=1", "-q", "b=[1,2]", "--lock", "c={\"x\":1}", "--", "--", "-q", "--lock=x"});
    REQUIRE(words);
    CHECK(words->rest == Strings{"f.yaml", "a=1", "b=[1,2]", "c={\"x\":1}", "--", "-q", "--lock=x"});
    CHECK(words->options.size() == 2);
}

TEST_CASE("what begins with a dash and is no option is told") {
    CHECK(wrong({"-5"}) == "unknown option '-5'");
    CHECK(wrong({"-q5"}) == "unknown option '-5'");
    CHECK(wrong({"-xq"}) == "unknown option '-x'");
    CHECK(wrong({"-\xC3\xA9t\xC3\xA9"}) == "unknown option '-\xC3\xA9'");
    CHECK(wrong({"---quiet"}) == "unknown option '---quiet'; did you mean '--quiet'?");
    CHECK(wrong({"--=x"}) == "unknown option '--'");
    CHECK(wrong({"--Quiet"}) == "unknown option '--Quiet'; did you mean '--quiet'?");
    CHECK(wrong({"--no-quiet"}).starts_with("unknown option '--no-quiet'"));
    CHECK(wrong({"--qui"}).starts_with("unknown option '--qui'"));
    CHECK(wrong({"--config=x.ini"}) == "unknown option '--config'");
    CHECK(wrong({"-\xC3"}) == "unknown option '-\xC3'");
    CHECK(wrong({"-qn"}) == "-n needs a value: -n N");
}

TEST_CASE("the environment says nothing of options") {
    for (const char* name : {"TRACE", "trace", "FLOWRUN_SET", "SET", "LOCK"}) ::setenv(name, "x", 1);
    CHECK(parsed({"a"})->options.empty());
    for (const char* name : {"TRACE", "trace", "FLOWRUN_SET", "SET", "LOCK"}) ::unsetenv(name);
}
