// The small components: generate, ticker, pass, map, filter, switch, fail, log.

#include <catch2/catch.hpp>

#include "fake_host.hh"
#include "value/json.hh"

using namespace flowrun::test;
using flowrun::value::Node;
using Strings = std::vector<std::string>;

TEST_CASE("generate counts from 0, one message unless told otherwise") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("generate"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"n":0})"});

    FakeHost three(FLOWRUN_CORE);
    REQUIRE(three.create("generate", R"({"count":3})"));
    CHECK(three.run().status == FLOWRUN_OK);
    CHECK(three.jsons() == Strings{R"({"n":0})", R"({"n":1})", R"({"n":2})"});

    FakeHost none(FLOWRUN_CORE);
    REQUIRE(none.create("generate", R"({"count":0})"));
    CHECK(none.run().status == FLOWRUN_OK);
    CHECK(none.emitted.empty());
}

TEST_CASE("generate emits a value as it stands, and a list of values as often as count says") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("generate", R"({"count":2,"value":{"big": 12345678901234567890123, "x":[1.50]}})"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons().size() == 2);
    CHECK(host.jsons()[0].find("12345678901234567890123") != std::string::npos);
    CHECK(host.jsons()[1].find("1.50") != std::string::npos);

    FakeHost list(FLOWRUN_CORE);
    REQUIRE(list.create("generate", R"({"count":2,"values":["a",null,{"b":1}]})"));
    CHECK(list.run().status == FLOWRUN_OK);
    CHECK(list.jsons() == Strings{"\"a\"", "null", R"({"b":1})", "\"a\"", "null", R"({"b":1})"});

    FakeHost both(FLOWRUN_CORE);
    CHECK_FALSE(both.create("generate", R"({"value":1,"values":[1]})"));
    CHECK(both.refused == "give 'value' or 'values', not both");
}

TEST_CASE("generate pauses between messages and not around them") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("generate", R"({"count":3,"every":5})"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.slept == std::vector<std::int64_t>{5, 5});

    FakeHost list(FLOWRUN_CORE);
    REQUIRE(list.create("generate", R"({"values":[1,2],"count":2,"every":5})"));
    CHECK(list.run().status == FLOWRUN_OK);
    CHECK(list.slept.size() == 3);
}

TEST_CASE("generate goes on after a message that failed downstream, and ends when it is stopped") {
    FakeHost host(FLOWRUN_CORE);
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_FAILED, "no"); };
    host.on_emit = [&] { host.stopping = host.emitted.size() == 4 ? FLOWRUN_E_CANCELLED : FLOWRUN_OK; };
    REQUIRE(host.create("generate", R"({"count":1000})"));
    CHECK(host.run().status == FLOWRUN_E_CANCELLED);
    CHECK(host.emitted.size() == 4);
}

TEST_CASE("ticker emits at once and then after each pause") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("ticker", R"({"every":7,"count":3})"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"n":0})", R"({"n":1})", R"({"n":2})"});
    CHECK(host.slept == std::vector<std::int64_t>{7, 7});
}

TEST_CASE("ticker without a count goes on until it is stopped, and gives its value") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("ticker", R"({"every":1,"value":"tick"})"));
    host.on_emit = [&] { host.stopping = host.emitted.size() == 50 ? FLOWRUN_E_CANCELLED : FLOWRUN_OK; };
    CHECK(host.run().status == FLOWRUN_E_CANCELLED);
    CHECK(host.jsons() == Strings(50, "\"tick\""));
}

TEST_CASE("pass forwards, and the downstream's answer is its own") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("pass"));
    host.downstream = [](const Emitted&) { return Answer::of("42"); };
    CHECK(host.handle(R"({"a": 1})").reply == "42");
    CHECK(host.emitted.at(0).forwarded);
    CHECK(host.emitted.at(0).json == R"({"a": 1})");
}

TEST_CASE("map forwards what its setting gives, and hands on why it gave nothing") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("map"));
    host.settings[0] = [](const Node&) { return Answer::of(R"({"id":7})"); };
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"id":7})"});
    host.settings[0] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no such key"); };
    CHECK(host.handle("1").status == FLOWRUN_E_INVALID);
    CHECK(host.emitted.size() == 1);
}

TEST_CASE("filter has a port for what it rejects, and takes a bool only") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("filter"));
    host.settings[0] = [](const Node& m) { return Answer::of(m.as_int().value_or(0) > 5 ? "true" : "false"); };
    CHECK(host.handle("9").status == FLOWRUN_OK);
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.emitted.at(0).port == 0);
    CHECK(host.emitted.at(1).port == 1);

    host.settings[0] = [](const Node&) { return Answer::of("\"yes\""); };
    const Answer wrong = host.handle("9");
    CHECK(wrong.status == FLOWRUN_E_INVALID);
    CHECK(wrong.error.message == "'when' gave a string, not a bool");
    host.settings[0] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no key"); };
    CHECK(host.handle("9").status == FLOWRUN_E_INVALID);
    CHECK(host.emitted.size() == 2);
}

TEST_CASE("switch has a port for each case, and one for the default unless a case has that name") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("switch", "{}"));
    CHECK(host.ports(R"({"cases":{"big":"msg > 9","odd":"msg % 2 == 1"},"default":"rest"})") ==
          R"({"in":{"in":"Messages"},"out":{"big":"When msg > 9","odd":"When msg % 2 == 1",)"
          R"("rest":"When no case is true"}})");
    CHECK(host.ports(R"({"cases":{"big":"true"},"default":"big"})") ==
          R"({"in":{"in":"Messages"},"out":{"big":"When true"}})");
    CHECK(host.ports(R"({"cases":{"big":"true"}})") == R"({"in":{"in":"Messages"},"out":{"big":"When true"}})");
}

TEST_CASE("switch takes the first case that is true") {
    FakeHost host(FLOWRUN_CORE);
    const auto cases = [](const Node& m) {
        const auto n = m.as_int().value_or(0);
        return Answer::of(std::string(R"({"big":)") + (n > 9 ? "true" : "false") + R"(,"odd":)" +
                          (n % 2 ? "true" : "false") + "}");
    };
    REQUIRE(host.create("switch", R"({"default":"rest"})"));
    host.settings[0] = cases;
    for (const char* n : {"11", "3", "2"}) CHECK(host.handle(n).status == FLOWRUN_OK);
    CHECK(host.emitted.at(0).port == 0);
    CHECK(host.emitted.at(1).port == 1);
    CHECK(host.emitted.at(2).port == 2);

    FakeHost strict(FLOWRUN_CORE);
    REQUIRE(strict.create("switch", "{}"));
    strict.settings[0] = cases;
    CHECK(strict.handle("3").status == FLOWRUN_OK);
    CHECK(strict.handle("2").error.message == "no case is true, and there is no 'default'");
    strict.settings[0] = [](const Node&) { return Answer::of(R"({"big":1})"); };
    CHECK(strict.handle("2").error.message == "the case 'big' gave a number, not a bool");

    FakeHost same(FLOWRUN_CORE);
    REQUIRE(same.create("switch", R"({"default":"big"})"));
    same.settings[0] = cases;
    CHECK(same.handle("2").status == FLOWRUN_OK);
    CHECK(same.emitted.at(0).port == 0);
}

TEST_CASE("fail fails with the code, text and retry mark that it was given") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("fail", R"({"code":"unavailable","retryable":false})"));
    host.settings[2] = [](const Node& m) {
        return Answer::of("\"no printer for " + flowrun::value::to_json(m) + "\"");
    };
    const Answer answer = host.handle("7");
    CHECK(answer.status == FLOWRUN_E_UNAVAILABLE);
    CHECK(answer.error.message == "no printer for 7");
    CHECK(answer.error.retryable == FLOWRUN_RETRY_NO);
    CHECK(host.emitted.empty());
}

TEST_CASE("fail fails only when it should, only so often, and passes on the rest") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("fail", R"({"times":2})"));
    host.settings[0] = [](const Node& m) { return Answer::of(m.as_int().value_or(0) > 0 ? "true" : "false"); };
    CHECK(host.handle("0").status == FLOWRUN_OK);
    CHECK(host.handle("1").status == FLOWRUN_E_FAILED);
    CHECK(host.handle("2").status == FLOWRUN_E_FAILED);
    CHECK(host.handle("3").status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"0", "3"});
    CHECK(host.handle("1").status == FLOWRUN_OK);
    host.settings[0] = [](const Node&) { return Answer::of("1"); };
    CHECK(host.handle("1").error.message == "'when' gave a number, not a bool");
}

TEST_CASE("log writes its message, or the message, and passes on") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("log", R"({"level":"warn"})"));
    CHECK(host.handle(R"({"a":1})").status == FLOWRUN_OK);
    host.settings[1] = [](const Node&) { return Answer::of("\"hello\""); };
    CHECK(host.handle(R"({"a":1})").status == FLOWRUN_OK);
    REQUIRE(host.logged.size() == 2);
    CHECK(host.logged[0] == std::pair<std::uint32_t, std::string>(FLOWRUN_WARN, R"({"a":1})"));
    CHECK(host.logged[1].second == "hello");
    CHECK(host.emitted.size() == 2);
}

TEST_CASE("log gives a long line whole: the host cuts it, when it has no secrets any more") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("log"));
    std::string text = "x";
    while (text.size() < 10'000) text += "\xE2\x82\xAC";
    host.settings[1] = [&](const Node&) { return Answer::of('"' + text + '"'); };
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.logged.at(0).second == text);
}
