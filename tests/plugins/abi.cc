// The plugin `abi` against the fake host: that both keep to the tables. The engine's tests run it against the engine.

#include <catch2/catch.hpp>

#include "component/description.hh"
#include "fake_host.hh"
#include "value/json.hh"

using namespace flowrun::test;
using flowrun::value::Node;

TEST_CASE("every component of the plugin abi is described") {
    const FakeHost host(FLOWRUN_ABI);
    for (std::uint32_t i = 0; i < host.plugin().component_count; ++i) {
        const auto info = flowrun::component::describe(*host.plugin().components[i], "abi.so");
        INFO(host.plugin().components[i]->id << (info ? "" : info.error()));
        CHECK(info);
    }
}

TEST_CASE("every function of the values table does what it says") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.values"));
    const Answer answer = host.handle("null");
    INFO(answer.error.message);
    CHECK(answer.status == FLOWRUN_OK);
    CHECK(std::stoi(answer.reply) > 70);
}

TEST_CASE("emits bring back replies and errors") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.emit"));
    host.downstream = [](const Emitted& e) {
        return e.port == 0 ? Answer::of("1") : Answer::failed(FLOWRUN_E_TIMEOUT, "late");
    };
    const Answer answer = host.handle(R"({"a":1})", 1);
    CHECK(answer.status == FLOWRUN_E_TIMEOUT);
    CHECK(answer.reply == R"({"port":1,"plain":{"status":0,"reply":1,"error":null},)"
                          R"("meta":{"status":-3,"reply":null,"error":"late"}})");
    CHECK(host.emitted.at(1).id == "child");
    CHECK(host.emitted.at(1).index == 1);
    CHECK(host.emitted.at(1).total == 2);
}

TEST_CASE("a part of a message can be forwarded") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.forward"));
    host.downstream = [](const Emitted&) { return Answer::of("7"); };
    CHECK(host.handle(R"({"inner": [1]})").reply == "7");
    CHECK(host.emitted.at(0).json == "[1]");
}

TEST_CASE("emits that wait for nothing are all told of") {
    FakeHost host(FLOWRUN_ABI);
    host.defer_async = true;
    REQUIRE(host.create("abi.async"));
    FakeCall& call = host.begin(R"({"n":3})");
    CHECK(host.in_flight() == 3);
    host.finish_async(1, Answer::failed(FLOWRUN_E_FAILED, "no"));
    host.finish_async(0, Answer::of("5"));
    CHECK_FALSE(call.result);
    host.finish_async(0, Answer::of("8"));
    REQUIRE(call.result);
    CHECK(call.result->reply == R"({"sum":13,"failed":1})");
    CHECK(host.begin(R"({"n":0})").result->reply == R"({"sum":0,"failed":0})");
}

TEST_CASE("a pending call is completed by itself, a timer or a thread") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.pend"));
    CHECK(host.begin(R"({"by":"itself"})").result->reply == R"({"by":"itself"})");
    FakeCall& later = host.begin(R"({"by":"timer","after":50,"code":-2})");
    CHECK_FALSE(later.result);
    host.advance(50);
    REQUIRE(later.result);
    CHECK(later.result->error.message == "failed later");
}

TEST_CASE("a source can sleep, wait and be stopped") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.source"));
    CHECK(host.run().status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 10);
    CHECK(host.emitted[0].json == R"({"step":"sleep","status":0})");
}

TEST_CASE("settings arrive at create and with each message, and a refusal says why") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.settings", R"({"names":["a","b"]})"));
    CHECK(host.ports(R"({"names":["a","b"]})") == R"({"in":{"in":"Messages"},"out":{"a":"As named","b":"As named"}})");
    host.settings[4] = [](const Node& m) { return Answer::of(flowrun::value::to_json(m)); };
    const Answer answer = host.handle("7");
    CHECK(answer.reply.starts_with(R"({"created":{"names":["a","b"]},"text":7,"when":null)"));
    host.settings[5] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no"); };
    CHECK(host.handle("7").status == FLOWRUN_E_INVALID);

    FakeHost refused(FLOWRUN_ABI);
    CHECK_FALSE(refused.create("abi.settings", R"({"refuse":"because"})"));
    CHECK(refused.refused == "because");
}

TEST_CASE("errors keep every field") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.fail"));
    const Answer answer =
        host.handle(R"({"code":-6,"message":"full","retryable":2,"retry_after":99,"detail":{"room":0}})");
    CHECK(answer.status == FLOWRUN_E_OVERFLOW);
    CHECK(answer.error.message == "full");
    CHECK(answer.error.retryable == FLOWRUN_RETRY_NO);
    CHECK(answer.error.retry_after == 99);
    CHECK(answer.error.detail == R"({"room":0})");

    FakeHost catching(FLOWRUN_ABI);
    REQUIRE(catching.create("abi.catch"));
    catching.downstream = [&](const Emitted&) { return answer; };
    CHECK(catching.handle("1").reply == R"({"status":-6,"code":-6,"message":"full","retryable":2,"retry_after":99,)"
                                        R"("attempts":1,"node":"below","detail":{"room":0}})");
    catching.downstream = [](const Emitted&) { return Answer{}; };
    CHECK(catching.handle("1").reply == "null");

    FakeHost raising(FLOWRUN_ABI);
    REQUIRE(raising.create("abi.raise"));
    CHECK(raising.handle(R"({"message":"bad","value":[1]})").status == FLOWRUN_OK);
    REQUIRE(raising.raised.size() == 1);
    CHECK(raising.raised[0].error.message == "bad");
    CHECK(raising.raised[0].value == "[1]");
}

TEST_CASE("a component sees its name, its message's meta and its trace") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.see"));
    const Answer answer = host.handle("1");
    CHECK(answer.reply.starts_with(R"({"node":"node","traced":0,"traceparent":"00-0123456789abcdef)"));
    CHECK(answer.reply.find(R"("id":"m1")") != std::string::npos);
    CHECK(host.logged.size() == 4);
}

TEST_CASE("work that no message began, and what is left at the end, can be sent") {
    FakeHost host(FLOWRUN_ABI);
    REQUIRE(host.create("abi.begin", R"({"after":10})"));
    CHECK(host.handle("1").status == FLOWRUN_OK);
    host.advance(10);
    CHECK(host.end().status == FLOWRUN_OK);
    REQUIRE(host.emitted.size() == 3);
    CHECK(host.emitted[1].json == R"({"spontaneous":1})");
    CHECK(host.emitted[2].json == R"({"started":1,"handled":1,"stopped":0,"cancelled":0})");
}
