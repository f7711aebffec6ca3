#include "command/options.hh"

#include <catch2/catch.hpp>
#include <vector>

using namespace flowrun::command;

namespace {

constexpr Option table[] = {
    {.name = "trace", .value = "off|text", .help = "how"},
    {.name = "lock", .value = "PATH", .may_omit_value = true, .help = "one at a time"},
    {.name = "quiet", .letter = 'q', .help = "no words"},
    {.name = "number", .letter = 'n', .value = "N", .help = "how many"},
};

std::expected<Words, std::string> parsed(const std::vector<std::string_view>& words) { return parse(table, words); }

std::string wrong(const std::vector<std::string_view>& words) {
    const auto result = parsed(words);
    REQUIRE_FALSE(result);
    return result.error();
}

}  // namespace

TEST_CASE("values come behind an equals sign or in the next word, options and words in any order") {
    const auto words = parsed({"a.yaml", "--trace=text", "x=1", "--trace", "off", "-q", "y="});
    REQUIRE(words);
    CHECK(words->rest == std::vector<std::string>{"a.yaml", "x=1", "y="});
    REQUIRE(words->options.size() == 3);
    CHECK(words->options[0].value == "text");
    CHECK(words->find("trace")->value == "off");
    CHECK(words->has("quiet"));
    CHECK_FALSE(words->has("lock"));
}

TEST_CASE("a value that may be left out is never taken from the next word") {
    const auto words = parsed({"--lock", "a.yaml"});
    REQUIRE(words);
    CHECK(words->rest == std::vector<std::string>{"a.yaml"});
    CHECK_FALSE(words->find("lock")->has_value);
    CHECK(parsed({"--lock=/run/x"})->find("lock")->value == "/run/x");
    CHECK(parsed({"--lock="})->find("lock")->has_value);
}

TEST_CASE("letters may stand together, a dash alone is a word, two end the options") {
    const auto words = parsed({"-qn", "5", "-", "--", "--trace=x", "-q"});
    REQUIRE(words);
    CHECK(words->find("number")->value == "5");
    CHECK(words->rest == std::vector<std::string>{"-", "--trace=x", "-q"});
    CHECK(parsed({"--trace", "-"})->find("trace")->value == "-");
}

TEST_CASE("help is known to every verb") {
    CHECK(parsed({"--help"})->has("help"));
    CHECK(parsed({"-h"})->has("help"));
}

TEST_CASE("a mistake in an option is told with what is nearest") {
    CHECK(wrong({"--trcae=text"}) == "unknown option '--trcae'; did you mean '--trace'?");
    CHECK(wrong({"--hlep"}) == "unknown option '--hlep'; did you mean '--help'?");
    CHECK(wrong({"--wholly-else"}) == "unknown option '--wholly-else'");
    CHECK(wrong({"-x"}) == "unknown option '-x'");
    CHECK(wrong({"-qx"}) == "unknown option '-x'");
    CHECK(wrong({"--trace"}) == "--trace needs a value: --trace=off|text");
    CHECK(wrong({"-n"}) == "-n needs a value: -n N");
    CHECK(wrong({"--quiet=yes"}) == "--quiet takes no value");
}

TEST_CASE("help lines are aligned") {
    CHECK(help_of(table) ==
          "      --trace=off|text  how\n"
          "      --lock[=PATH]     one at a time\n"
          "  -q, --quiet           no words\n"
          "  -n, --number=N        how many\n"
          "  -h, --help            print this and exit\n");
}
