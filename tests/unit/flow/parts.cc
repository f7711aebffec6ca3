// The small parts: quantities, suggestions, schemas, reports.

#include <catch2/catch.hpp>

#include "flow/coercion.hh"
#include "flow/core.hh"
#include "flow/quantity.hh"
#include "flow/quote.hh"
#include "flow/report.hh"
#include "flow/schema.hh"
#include "flow/setting.hh"
#include "flow/suggest.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::flow;

TEST_CASE("durations are read exactly") {
    CHECK(duration_of("250ms") == 250'000'000);
    CHECK(duration_of("1m30s") == 90'000'000'000);
    CHECK(duration_of("1d2h") == 93'600'000'000'000);
    CHECK(duration_of("1.5s") == 1'500'000'000);
    CHECK(duration_of("0") == 0);
    CHECK(duration_of("0s") == 0);
    CHECK(duration_of("106751d") == 106751 * 86'400'000'000'000);
    for (const char* wrong : {"", "s", "5", "5 s", "s5", "1s1m", "1s1s", "106752d", "99999999999999999999s", "1.s",
                              ".5s", "-5s", "1e3s", "5S", "1m30", "0x5s", "٥s"}) {
        INFO(wrong);
        CHECK(!duration_of(wrong));
    }
    CHECK(duration_of("10sec").error().remedy == "write 10s; units are ns us ms s m h d");
    for (const std::int64_t ns : {0l, 1l, 1000l, 90'000'000'000l, 86'400'000'000'001l})
        CHECK(duration_of(duration_text(ns)) == ns);
}

TEST_CASE("sizes and rates are read exactly") {
    CHECK(size_of("512") == 512);
    CHECK(size_of("16MiB") == 16u << 20);
    CHECK(size_of("1GB") == 1'000'000'000);
    CHECK(size_of("1.5KiB") == 1536);
    for (const char* wrong : {"", "MiB", "1 MiB", "1.5", "-1", "9999999TiB", "1mib", "1e3"}) CHECK(!size_of(wrong));
    CHECK(rate_of("50/s") == 50.0);
    CHECK(rate_of("30/m") == 0.5);
    CHECK(rate_of("1.8/h") == 0.0005);
    for (const char* wrong : {"", "50", "50/", "/s", "0/s", "50/d", "-1/s", "1/s2", "99999999999/s"})
        CHECK(!rate_of(wrong));
}

TEST_CASE("plain scalars mean what YAML 1.2 core says") {
    CHECK(core_of("-0x1").kind == CoreKind::string);
    CHECK(core_of("+12").json == "12");
    CHECK(core_of("-007").json == "-7");
    CHECK(core_of("5.").json == "5.0");
    CHECK(core_of("-.5e3").json == "-0.5e3");
    CHECK(core_of("1e5").kind == CoreKind::real);
    CHECK(core_of(".inf").kind == CoreKind::special);
    for (const char* text :
         {"yes", "off", "1.2.3", "12:30", "1_000", "e5", ".", "-", "+", "1e", "0x", "0xg", "2026-01-01", "<<"}) {
        INFO(text);
        CHECK(core_of(text).kind == CoreKind::string);
    }
}

TEST_CASE("the nearest name is suggested when it is near enough") {
    const std::vector<std::string> known = {"buffer", "overflow", "workers", "map", "key"};
    const auto near = [&](std::string_view wrong) { return nearest(wrong, std::span<const std::string>(known)); };
    CHECK(near("overfolw") == "overflow");
    CHECK(near("bufer") == "buffer");
    CHECK(near("WORKERS") == "workers");
    CHECK(near("mpa") == "map");
    CHECK(near("timeout").empty());
    CHECK(near("x").empty());
    CHECK(near("").empty());
    CHECK(near(std::string(1000, 'x')).empty());
    CHECK(suggest("zzz", std::span<const std::string>(known)) == "there are: buffer, overflow, workers, map, key");
}

TEST_CASE("a schema that breaks the rules is refused with its reason") {
    const auto refused = [](std::string_view schema) {
        const auto settings = settings_of(schema);
        return settings ? std::string() : settings.error();
    };
    CHECK(refused("") == "");
    CHECK(refused("{").find("settings: not JSON, at byte ") == 0);
    CHECK(refused("[]") == "settings: must be a map");
    CHECK(refused("{}") == "settings: 'type' must be \"object\"");
    const auto one = [&](const std::string& property) {
        return refused(R"({"type":"object","properties":{"a":)" + property + "}}");
    };
    CHECK(one(R"({"type":"strnig"})") == "settings: property 'a': unknown type \"strnig\"");
    CHECK(one(R"({"typ":"string"})") ==
          "settings: property 'a': 'typ' is not among the words that schemas of settings may use");
    CHECK(one(R"({"type":"integer","default":"x"})") ==
          "settings: property 'a': the default must be an integer, not a string");
    CHECK(one(R"({"type":"integer","minimum":5,"maximum":1})") ==
          "settings: property 'a': its maximum is less than its minimum");
    CHECK(one(R"({"type":"string","x-duration":true,"default":"5"})") ==
          "settings: property 'a': the default must be a duration such as 250ms, not \"5\"");
    CHECK(one(R"({"type":"string","items":{}})") == "settings: property 'a': 'items' belongs to an array");
    CHECK(one(R"({"type":"array","items":{"type":"x"}})") == "settings: property 'a', items: unknown type \"x\"");
    CHECK(one(R"({"x-secret":1})") == "settings: property 'a': 'x-secret' must be true or false");
    CHECK(one(R"({"enum":[]})") == "settings: property 'a': 'enum' must be a list of values");
    CHECK(refused(R"({"type":"object","required":["b"],"properties":{"a":{}}})") ==
          "settings: 'required' names \"b\", which is no property");
    CHECK(refused(R"({"type":"object","properties":{"a":{},"a":{}}})") == "settings: property 'a': is declared twice");
}

TEST_CASE("a value from an expression is judged and converted for its setting") {
    const auto settings = settings_of(R"({"type":"object","properties":{
        "t":{"type":"string","x-duration":true,"maximum":60000000000},
        "z":{"type":["string","integer"],"x-size":true},
        "m":{"type":"object","properties":{"d":{"type":"string","x-duration":true,"default":"5s"},"n":{"type":"integer"}},
             "additionalProperties":false}}})");
    REQUIRE(settings);
    const auto coerced = [&](std::size_t index, std::string_view json) {
        const auto value = value::parse(json);
        if (const auto wrong = mismatch((*settings)[index], **value)) return *wrong;
        value::Builder builder;
        coerce((*settings)[index], **value, builder);
        return value::to_json(*builder.finish());
    };
    CHECK(coerced(0, "\"5s\"") == "5000000000");
    CHECK(coerced(0, "\"1.5s\"") == "1500000000");
    CHECK(coerced(0, "\"2m\"") == "must be at most 1m");
    CHECK(coerced(0, "5") == "must be a duration such as 250ms, not an integer");
    CHECK(coerced(1, "5") == "5");
    CHECK(coerced(1, "\"1KiB\"") == "1024");
    CHECK(coerced(1, "-1") == "must be a size such as 16MiB, not an integer");
    CHECK(coerced(2, "{}") == R"({"d":5000000000})");
    CHECK(coerced(2, R"({"n":1.5})") == "n: must be an integer, not a number");
    CHECK(coerced(2, R"({"x":1})") == "has no member 'x'");
    CHECK(converts((*settings)[2]));
}

TEST_CASE("a report shows the line, the caret under it and the remedy") {
    const Source source("flow.yaml", "name: a\n\tž: 'bad' x\n");
    Issues issues;
    issues.error(source.place(12, 5), "wrong", "write it right");
    issues.warning(source.place(0), "odd");
    issues.error({}, "of the whole");
    issues.error({}, "of the whole");
    issues.sort();
    CHECK(to_text(issues, source) ==
          "flow.yaml: error: of the whole\n"
          "flow.yaml:1:1: warning: odd\n  name: a\n  ^\n"
          "flow.yaml:2:4: error: wrong\n  \tž: 'bad' x\n  \t  ^~~~~\n  remedy: write it right\n");
    CHECK(count_line(issues, source) == "flow.yaml: 2 errors, 1 warning\n");
    CHECK(ok_line(source) == "flow.yaml: ok\n");
    CHECK(
        to_json(issues.all()[2], source) ==
        R"({"file":"flow.yaml","line":2,"column":4,"offset":12,"length":5,"severity":"error","message":"wrong","remedy":"write it right"})"
        "\n");
}

TEST_CASE("a report shows no control characters and cuts long lines") {
    const Source source("a\nb.yaml", std::string(5000, 'x') + "!" + std::string(5000, 'y') + "\n\x1b[31m\xff\n");
    Issues issues;
    issues.error(source.place(5000, 3), "bad \x1b[0m text");
    issues.error(source.place(10003), "here");
    const std::string text = to_text(issues, source);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("a\\nb.yaml:1:5001: error: bad \\x1b[0m text\n  ... ") == 0);
    CHECK(text.size() < 800);
    const std::size_t line = text.find("  ... "), caret = text.find('^');
    CHECK(text[line + (caret - text.rfind('\n', caret) - 1)] == '!');
    const auto json = value::parse(to_json(issues.all()[0], source));
    CHECK(json.has_value());
}

TEST_CASE("remedies quote so that YAML reads the text back") {
    CHECK(quoted("!a") == "\"!a\"");
    CHECK(quoted("a == \"b\"") == "'a == \"b\"'");
    CHECK(quoted("a == \"it's\"") == "'a == \"it''s\"'");
    CHECK(quote_it("when", " !a ") == "quote it: when: \"!a\"");
    CHECK(quote_it("", std::string(500, 'x')) == "quote the whole value");
}
