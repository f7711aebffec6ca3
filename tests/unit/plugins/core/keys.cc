// distinct, count and throttle: what is remembered by key, in bounded memory.

#include <catch2/catch.hpp>

#include "fake_host.hh"
#include "value/json.hh"

using namespace flowrun::test;
using flowrun::value::Node;
using Strings = std::vector<std::string>;

namespace {

Answer itself(const Node& m) { return Answer::of(flowrun::value::to_json(m)); }
constexpr std::int64_t second = 1'000'000'000;

}  // namespace

TEST_CASE("distinct lets the first of each key through, and gives the others a port") {
    for (const char* id : {"distinct", "dedupe"}) {
        FakeHost host(FLOWRUN_CORE);
        REQUIRE(host.create(id));
        host.settings[0] = [](const Node& m) { return Answer::of(flowrun::value::to_json(*m.member("id"))); };
        for (const char* m : {R"({"id":1})", R"({"id":2})", R"({"id":1,"x":0})"}) {
            CHECK(host.handle(m).status == FLOWRUN_OK);
        }
        CHECK(host.emitted[0].port == 0);
        CHECK(host.emitted[1].port == 0);
        CHECK(host.emitted[2].port == 1);
        host.settings[0] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no"); };
        CHECK(host.handle("1").status == FLOWRUN_E_INVALID);
        CHECK(host.emitted.size() == 3);
    }
}

TEST_CASE("distinct without a key compares whole messages, however they are written") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("distinct"));
    for (const char* m : {R"({"a":1,"b":2})", R"({"b": 2, "a": 1.0})", R"({"a":1})", "null", "null"}) {
        CHECK(host.handle(m).status == FLOWRUN_OK);
    }
    Strings ports;
    for (const Emitted& one : host.emitted) ports.push_back(std::to_string(one.port));
    CHECK(ports == Strings{"0", "1", "0", "0", "1"});
}

TEST_CASE("distinct does not count as seen what failed further down, and hands on the reply") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("distinct"));
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_UNAVAILABLE, "down"); };
    CHECK(host.handle("1").status == FLOWRUN_E_UNAVAILABLE);
    host.downstream = [](const Emitted&) { return Answer::of("7"); };
    CHECK(host.handle("1").reply == "7");
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.emitted.at(1).port == 0);
    CHECK(host.emitted.at(2).port == 1);
}

TEST_CASE("distinct forgets a key after its time, which a duplicate does not lengthen") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("distinct", R"({"ttl":10000000000})"));
    const auto port = [&] {
        CHECK(host.handle("1").status == FLOWRUN_OK);
        return host.emitted.back().port;
    };
    CHECK(port() == 0);
    host.advance(9 * second);
    CHECK(port() == 1);
    host.advance(1 * second);
    CHECK(port() == 0);
    host.advance(9 * second);
    CHECK(port() == 1);
}

TEST_CASE("distinct remembers so many keys and bytes, and forgets what has not come for longest") {
    FakeHost host(FLOWRUN_CORE);
    host.keep_emitted = true;
    REQUIRE(host.create("distinct", R"({"max":3})"));
    const auto port = [&](const std::string& m) {
        CHECK(host.handle(m).status == FLOWRUN_OK);
        return host.emitted.back().port;
    };
    for (const char* m : {"1", "2", "3"}) CHECK(port(m) == 0);
    CHECK(port("1") == 1);  // used again
    CHECK(port("4") == 0);  // and 2 is forgotten
    CHECK(port("1") == 1);
    CHECK(port("3") == 1);
    CHECK(port("2") == 0);

    FakeHost bytes(FLOWRUN_CORE);
    REQUIRE(bytes.create("distinct", R"({"max_bytes":100})"));
    const std::string large = '"' + std::string(60, 'x');
    CHECK(bytes.handle(large + "1\"").status == FLOWRUN_OK);
    CHECK(bytes.handle(large + "2\"").status == FLOWRUN_OK);
    CHECK(bytes.handle(large + "1\"").status == FLOWRUN_OK);
    CHECK(bytes.emitted.back().port == 0);
    CHECK(bytes.handle('"' + std::string(1000, 'y') + '"').status == FLOWRUN_OK);  // more than all that is allowed
    CHECK(bytes.handle('"' + std::string(1000, 'y') + '"').status == FLOWRUN_OK);
    CHECK(bytes.emitted.back().port == 1);
}

TEST_CASE("count sends one total at the end, or one for each key in the order in which they came") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("count"));
    CHECK(host.end().status == FLOWRUN_OK);
    for (int i = 0; i < 5; ++i) CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"count":0})", R"({"count":5})"});

    FakeHost keyed(FLOWRUN_CORE);
    REQUIRE(keyed.create("count"));
    keyed.settings[0] = itself;
    for (const char* m : {R"("b")", R"("a")", R"("b")", "1", R"("1")"}) CHECK(keyed.handle(m).status == FLOWRUN_OK);
    CHECK(keyed.end().status == FLOWRUN_OK);
    CHECK(keyed.jsons() == Strings{R"({"key":"b","count":2})", R"({"key":"a","count":1})", R"({"key":1,"count":1})",
                                   R"({"key":"1","count":1})"});
}

TEST_CASE("count sends totals again and again, from the start or anew each time") {
    for (const bool reset : {false, true}) {
        FakeHost host(FLOWRUN_CORE);
        REQUIRE(host.create("count", reset ? R"({"every":1000000000,"reset":true})" : R"({"every":1000000000})"));
        CHECK(host.handle("1").status == FLOWRUN_OK);
        host.advance(1 * second);
        host.advance(1 * second);
        CHECK(host.handle("1").status == FLOWRUN_OK);
        CHECK(host.end().status == FLOWRUN_OK);
        host.advance(5 * second);
        CHECK(host.jsons() == (reset ? Strings{R"({"count":1})", R"({"count":0})", R"({"count":1})"}
                                     : Strings{R"({"count":1})", R"({"count":1})", R"({"count":2})"}));
        CHECK(host.timers() == 0);
    }
}

TEST_CASE("count refuses a new key when it counts as many as it may, and goes on with those it has") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("count", R"({"max":2})"));
    host.settings[0] = itself;
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.handle("2").status == FLOWRUN_OK);
    const Answer refused = host.handle("3");
    CHECK(refused.status == FLOWRUN_E_OVERFLOW);
    CHECK(refused.error.retryable == FLOWRUN_RETRY_NO);
    CHECK(refused.error.message == "the key 3 is new, and 2 keys are counted already, the limit set by max");
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"key":1,"count":2})", R"({"key":2,"count":1})"});
}

TEST_CASE("count holds no more bytes of keys than it may") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("count", R"({"max_bytes":10000,"reset":true})"));
    host.settings[0] = itself;
    const auto key = [](char c) { return "\"" + std::string(4000, c) + "\""; };
    for (const char c : {'a', 'b', 'a'}) CHECK(host.handle(key(c)).status == FLOWRUN_OK);
    const Answer refused = host.handle(key('c'));
    CHECK(refused.status == FLOWRUN_E_OVERFLOW);
    CHECK(refused.error.message.find("those that are counted take the 10000 bytes, the limit set by max_bytes") !=
          std::string::npos);
    CHECK(host.handle(key('b')).status == FLOWRUN_OK);
    int small = 0;
    while (host.handle(std::to_string(small)).status == FLOWRUN_OK && small < 1000) ++small;
    CHECK(small > 5);
    CHECK(small < 100);
}

TEST_CASE("count goes on when a total fails further down, and stops when the run does") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("count"));
    host.settings[0] = itself;
    for (const char* m : {"1", "2", "3"}) CHECK(host.handle(m).status == FLOWRUN_OK);
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_FAILED, "no"); };
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 3);
    host.stopping = FLOWRUN_E_CANCELLED;
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 3);
}

TEST_CASE("throttle lets a burst through and then the rate, each key by itself") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("throttle", R"({"rate":"2/s"})"));
    host.settings[1] = itself;
    const auto passes = [&](const char* m) {
        CHECK(host.handle(m).status == FLOWRUN_OK);
        return host.emitted.back().port == 0;
    };
    CHECK(passes("1"));
    CHECK(passes("1"));
    CHECK_FALSE(passes("1"));
    CHECK(passes("2"));
    host.advance(second / 2);
    CHECK(passes("1"));
    CHECK_FALSE(passes("1"));
    host.advance(3600 * second);  // a pause fills the bucket, and no further
    CHECK(passes("1"));
    CHECK(passes("1"));
    CHECK_FALSE(passes("1"));
    host.settings[1] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no"); };
    CHECK(host.handle("1").status == FLOWRUN_E_INVALID);
}

TEST_CASE("throttle passes burst + rate × t in any time t, and no more") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("throttle", R"({"rate":"10/m","burst":4})"));
    std::vector<std::int64_t> passed;
    for (int i = 0; i < 10'000; ++i) {
        CHECK(host.handle("1").status == FLOWRUN_OK);
        if (host.emitted.back().port == 0) passed.push_back(host.now);
        host.advance(i % 7 * second / 3);
    }
    for (std::size_t i = 0; i < passed.size(); ++i) {
        for (std::size_t j = i; j < std::min(passed.size(), i + 50); ++j) {
            const auto allowed = 4 + (passed[j] - passed[i]) / (6 * second);
            REQUIRE(static_cast<std::int64_t>(j - i + 1) <= allowed);
        }
    }
    const auto rate = static_cast<double>(passed.size()) / static_cast<double>(passed.back() - passed.front());
    CHECK(rate * 60e9 == Approx(10).epsilon(0.02));  // and all that it may
}

TEST_CASE("throttle forgets the key that has not come for longest") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("throttle", R"({"rate":"1/h","max":2})"));
    host.settings[1] = itself;
    std::vector<std::uint32_t> ports;
    for (const char* m : {"1", "2", "1", "3", "1", "2"}) {
        CHECK(host.handle(m).status == FLOWRUN_OK);
        ports.push_back(host.emitted.back().port);
    }
    CHECK(ports == std::vector<std::uint32_t>{0, 0, 1, 0, 1, 0});
}

TEST_CASE("throttle says before the run what is no rate") {
    FakeHost host(FLOWRUN_CORE);
    for (const char* rate : {"50/s", "0.5/m", "1/h"})
        CHECK(host.mistake("throttle", R"({"rate":")" + std::string(rate) + "\"}").empty());
    for (const char* rate : {"", "50", "/s", "50/", "50/d", "50 /s", "x/s", "1e3/s", "50/s ", "nan/s", "inf/s", "-1/s",
                             "0/s", "1e999/s", "99999999999/s", "0.0000000000000001/h"}) {
        INFO(rate);
        CHECK(host.mistake("throttle", R"({"rate":")" + std::string(rate) + "\"}").find("\"setting\":\"rate\"") !=
              std::string::npos);
        CHECK_FALSE(host.create("throttle", R"({"rate":")" + std::string(rate) + "\"}"));
    }
}
