// delay: holds messages and no thread.

#include <catch2/catch.hpp>

#include "fake_host.hh"

using namespace flowrun::test;
using flowrun::value::Node;
using Strings = std::vector<std::string>;

TEST_CASE("delay lets each message wait for itself, and hands on the downstream's answer") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("delay", R"({"for":100})"));
    host.downstream = [](const Emitted& e) {
        return e.json == "2" ? Answer::failed(FLOWRUN_E_TIMEOUT, "too late") : Answer::of(e.json + "0");
    };
    FakeCall& first = host.begin("1");
    host.advance(50);
    FakeCall& second = host.begin("2");
    CHECK_FALSE(first.result);
    host.advance(50);
    REQUIRE(first.result);
    CHECK(first.result->reply == "10");
    CHECK_FALSE(second.result);
    host.advance(50);
    REQUIRE(second.result);
    CHECK(second.result->status == FLOWRUN_E_TIMEOUT);
    CHECK(second.result->error.message == "too late");
}

TEST_CASE("delay reads its duration from the message, and forwards at once when there is none to wait") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("delay"));
    host.settings[0] = [](const Node& m) { return Answer::of(std::to_string(m.as_int().value_or(0) * 10)); };
    FakeCall& slow = host.begin("9");
    FakeCall& quick = host.begin("3");
    FakeCall& now = host.begin("0");
    CHECK(now.result);
    host.advance(30);
    CHECK(quick.result);
    CHECK_FALSE(slow.result);
    host.advance(60);
    CHECK(slow.result);
    CHECK(host.jsons() == Strings{"0", "3", "9"});

    host.settings[0] = [](const Node&) { return Answer::of("\"soon\""); };
    CHECK(host.handle("1").error.message == "'for' gave a string, not a duration");
    host.settings[0] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "x"); };
    CHECK(host.handle("1").status == FLOWRUN_E_INVALID);
}

TEST_CASE("delay holds ten thousand messages at once") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("delay", R"({"for":1000})"));
    std::vector<FakeCall*> calls;
    for (int i = 0; i < 10'000; ++i) calls.push_back(&host.begin("1"));
    CHECK(host.timers() == 10'000);
    host.stop();  // and gives them all up in one go
    CHECK(host.timers() == 0);
    for (FakeCall* call : calls) {
        REQUIRE(call->result);
        REQUIRE(call->result->status == FLOWRUN_E_CANCELLED);
    }
    CHECK(host.begin("1").result->status == FLOWRUN_E_CANCELLED);
    CHECK(host.emitted.empty());
}

TEST_CASE("delay waits for a downstream that takes its time") {
    FakeHost host(FLOWRUN_CORE);
    host.defer_async = true;
    REQUIRE(host.create("delay", R"({"for":10})"));
    FakeCall& call = host.begin("1");
    host.advance(10);
    CHECK_FALSE(call.result);
    host.stop();  // too late to give it up: it is on its way
    CHECK_FALSE(call.result);
    host.finish_async(0, Answer::of("7"));
    REQUIRE(call.result);
    CHECK(call.result->reply == "7");
}

TEST_CASE("delay gives the call up when the run ends before its downstream is entered") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("delay", R"({"for":10})"));
    FakeCall& call = host.begin("1");
    host.stopping = FLOWRUN_E_CANCELLED;
    host.advance(10);
    REQUIRE(call.result);
    CHECK(call.result->status == FLOWRUN_E_CANCELLED);
}

TEST_CASE("delay sleeps in place where a call cannot pend") {
    FakeHost host(FLOWRUN_CORE);
    host.may_pend = false;
    REQUIRE(host.create("delay", R"({"for":10})"));
    CHECK(host.handle("1").status == FLOWRUN_OK);
    CHECK(host.slept == std::vector<std::int64_t>{10});
    CHECK(host.emitted.size() == 1);
}
