#include <catch2/catch.hpp>

#include <stdlib.h>
#include <unistd.h>

#include "told.hh"

using namespace flowrun;
using namespace flowrun::flow;

namespace {

Told with(const std::string& params, Arguments arguments = {}, const std::string& value = "1") {
    return Told("flowrun: 1\nenv: [USER, NOPE]\nparams:\n" + params +
                    "nodes:\n  a: { uses: generate, with: { value: " + value + " } }\n",
                std::move(arguments));
}

std::string value_of(const Told& told) {
    if (!told.checked.ok()) return told.all();
    return value::to_json(*told.checked.nodes[0].settings->member("value"));
}

}  // namespace

TEST_CASE("an argument is name=value, and its value may hold anything") {
    CHECK(argument_of("a=b=c")->value == "b=c");
    CHECK(argument_of("a=")->value.empty());
    CHECK(argument_of("a").error() == "'a' is no parameter: write name=value");
    CHECK(argument_of("1a=x").error().find("'1a' is not the name of a parameter") == 0);
}

TEST_CASE("parameters are read by their type from defaults and arguments") {
    const std::string all =
        "  s: { default: EU }\n  i: { type: int, default: 100, min: 1 }\n  d: { type: double, default: 1 }\n"
        "  b: { type: bool, default: false }\n  t: { type: duration, default: 1m30s }\n"
        "  z: { type: size, default: 16MiB }\n  l: { type: list, default: [1, x] }\n"
        "  m: { type: map, default: { k: v } }\n";
    const std::string value =
        "{ s: \"${param.s}\", i: \"${param.i + 1}\", d: \"${param.d}\", b: \"${param.b}\", t: \"${param.t}\", z: "
        "\"${param.z}\", "
        "l: \"${param.l}\", m: \"${param.m}\", all: \"${param.s}-${param.i}\" }";
    CHECK(value_of(with(all, {}, value)) ==
          R"({"s":"EU","i":101,"d":1.0,"b":false,"t":"90s","z":16777216,"l":[1,"x"],"m":{"k":"v"},"all":"EU-100"})");
    CHECK(value_of(with(all,
                        {{"s", "1.10"},
                         {"i", "7"},
                         {"i", "8"},
                         {"d", "2.5"},
                         {"b", "true"},
                         {"t", "2h"},
                         {"z", "1KB"},
                         {"l", "[null]"},
                         {"m", "{\"a\":1}"}},
                        value)) ==
          R"({"s":"1.10","i":9,"d":2.5,"b":true,"t":"7200s","z":1000,"l":[null],"m":{"a":1},"all":"1.10-8"})");
}

TEST_CASE("a setting in a duration takes a parameter that is one") {
    const Told told(
        "flowrun: 1\nparams: { every: { type: duration, default: 90s }, n: { type: int, default: 3 } }\nnodes:\n"
        "  a: { uses: generate, with: { every: \"${param.every}\", count: \"${param.n}\" } }\n");
    REQUIRE(told.all() == "");
    CHECK(value::to_json(*told.checked.nodes[0].settings) == R"({"count":3,"every":90000000000})");
}

TEST_CASE("wrong, unknown and missing parameters are told") {
    CHECK(with("  n: { type: int, min: 1 }\n").all() ==
          "4:3 error: parameter 'n' has no value | give it on the command line: n=VALUE, or add a default");
    CHECK(with("  n: { type: int, min: 1 }\n", {{"n", "0"}}).all() ==
          "0:0 error: parameter 'n' must be at least 1 | it was given as n=0");
    CHECK(with("  n: { type: int }\n", {{"n", "x"}}).all() ==
          "0:0 error: parameter 'n' must be an integer, not 'x' | it was given as n=x");
    CHECK(with("  region: { default: EU }\n", {{"regoin", "US"}}).all() ==
          "0:0 error: the flow has no parameter 'regoin' | did you mean 'region'?");
    CHECK(with("  region: { default: EU, enum: [EU, US] }\n", {{"region", "UK"}}).all() ==
          "0:0 error: parameter 'region' must be one of EU, US | it was given as region=UK");
    CHECK(with("  t: { type: duration, default: 5, max: 1m }\n").all() ==
          "4:33 error: 't': '5' has no unit | write 5s for seconds; units are ns us ms s m h d");
    CHECK(with("  t: { type: duration, max: 1m }\n", {{"t", "2m"}}).all() ==
          "0:0 error: parameter 't' must be at most 1m | it was given as t=2m");
    CHECK(with("  n: { type: integer }\n").all().find("4:14 error: 'type' cannot be 'integer'") != std::string::npos);
    CHECK(with("  n: { type: int, default: 1, required: true }\n")
              .all()
              .find("a parameter with a default is not required") != std::string::npos);
    CHECK(with("  n: { type: bool, default: true, min: 1 }\n").all() == "4:35 error: 'min' has no meaning for a bool");
    CHECK(with("  n: { type: int, default: x }\n").all() == "4:28 error: 'n' must be an integer, not 'x'");
}

TEST_CASE("what a missing parameter would have been used for is not told again") {
    const Told told = with("  n: { type: int }\n", {}, "\"${param.n + 1}\"");
    CHECK(told.checked.issues.errors() == 1);
}

TEST_CASE("an optional parameter without a value is absent") {
    CHECK(value_of(with("  n: { type: int, required: false }\n", {}, "\"${has(param.n)}\"")) == "false");
}

TEST_CASE("a default may read the environment that the flow lists") {
    CHECK(value_of(with("  who: { default: \"${env.USER}!\" }\n", {}, "\"${param.who}\"")) == "\"ada!\"");
    CHECK(with("  who: { default: \"${env.HOME}\" }\n").all().find("4:26 error: ") == 0);
    CHECK(with("  who: { default: \"${env.NOPE}\" }\n").checked.issues.errors() == 1);
}

TEST_CASE("a secret comes from the first source that is there and never from the flow or the command line") {
    const std::string declared = "  dsn: { type: secret, from: [env:NOT_SET, env:DSN] }\n";
    CHECK(value_of(with(declared, {}, "\"${reveal(param.dsn)}\"")) == "\"pg://secret\"");
    CHECK(with("  dsn: { type: secret, from: [env:NOT_SET, file:/nowhere/x] }\n").all() ==
          "4:3 error: secret 'dsn' is not there: NOT_SET is not set; /nowhere/x: No such file or directory | set one "
          "of these, "
          "or say where it is: dsn=env:NAME");
    const Told given = with(declared, {{"dsn", "pg://other"}});
    CHECK(given.all() ==
          "0:0 error: secret 'dsn' cannot stand on the command line, where all can see it | say where it is: "
          "dsn=env:NAME or dsn=file:/path");
    CHECK(with("  dsn: { type: secret }\n").all() ==
          "4:3 error: secret 'dsn' does not say where it comes from | add from: [env:NAME, file:/path]");
    CHECK(with("  dsn: { type: secret, default: x, from: env:DSN }\n").checked.issues.errors() == 1);
    CHECK(with("  dsn: { from: env:DSN }\n").all().find("'from' belongs to a secret") != std::string::npos);

    char path[] = "/tmp/flowrun-secret-XXXXXX";
    const int file = ::mkstemp(path);
    REQUIRE(file >= 0);
    REQUIRE(::write(file, "from a file\n", 12) == 12);
    ::close(file);
    CHECK(value_of(with(declared, {{"dsn", "file:" + std::string(path)}}, "\"${reveal(param.dsn)}\"")) ==
          "\"from a file\"");
    ::unlink(path);
}
