// split: one after another and several at once.

#include <catch2/catch.hpp>

#include "fake_host.hh"
#include "value/json.hh"

using namespace flowrun::test;
using flowrun::value::Node;
using Strings = std::vector<std::string>;

namespace {

// Every element below ten replies ten times itself; the others fail.
Answer tens(const Emitted& e) {
    if (e.json.size() > 1) return {FLOWRUN_E_FAILED, "", {FLOWRUN_E_FAILED, e.json + " is too big", FLOWRUN_RETRY_YES}};
    return Answer::of(e.json + "0");
}

}  // namespace

TEST_CASE("split sends the elements in order, each with its place and an id of its own") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split"));
    CHECK(host.handle(R"(["a",{"b":1},3])").status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"\"a\"", R"({"b":1})", "3"});
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(host.emitted[i].index == static_cast<std::int64_t>(i));
        CHECK(host.emitted[i].total == 3);
        CHECK(host.emitted[i].id == "m1." + std::to_string(i));
    }
}

TEST_CASE("split takes the list from its setting, and only a list") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split"));
    host.settings[0] = [](const Node& m) { return Answer::of(flowrun::value::to_json(*m.member("items"))); };
    CHECK(host.handle(R"({"items":[1,2]})").status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"1", "2"});
    CHECK(host.handle(R"({"items":{"a":1}})").error.message == "'items' gave a map, not a list");
    host.settings.clear();
    CHECK(host.handle("7").error.message == "the message is a number, not a list");
    host.settings[0] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "x"); };
    CHECK(host.handle("[1]").status == FLOWRUN_E_INVALID);
}

TEST_CASE("split of an empty list is done at once, without a reply") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split"));
    const Answer answer = host.handle("[]");
    CHECK(answer.status == FLOWRUN_OK);
    CHECK(answer.reply.empty());
    CHECK(host.emitted.empty());
}

TEST_CASE("split sends what 'emit' makes of each element") {
    for (const bool parallel : {false, true}) {
        FakeHost host(FLOWRUN_CORE);
        REQUIRE(host.create("split", parallel ? R"({"parallel":2})" : "{}"));
        host.item_setting = [](const Node& item) { return Answer::of("[" + flowrun::value::to_json(item) + "]"); };
        CHECK(host.begin("[1,2,3]").result->status == FLOWRUN_OK);
        CHECK(host.jsons() == Strings{"[1]", "[2]", "[3]"});
        host.item_setting = [](const Node& item) {
            return item.as_int() == 2 ? Answer::failed(FLOWRUN_E_INVALID, "no") : Answer::of("0");
        };
        CHECK(host.begin("[1,2,3]").result->status == FLOWRUN_E_INVALID);
        CHECK(host.emitted.size() == 4);
    }
}

TEST_CASE("split evaluates 'emit' for the message alone where the runner knows no items") {
    FakeHost host(FLOWRUN_CORE);
    host.has_item = false;
    REQUIRE(host.create("split"));
    CHECK(host.handle("[1]").status == FLOWRUN_OK);
    host.settings[1] = [](const Node&) { return Answer::of("1"); };
    CHECK(host.handle("[8]").status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"1", "1"});
}

TEST_CASE("split replies with the list of replies in the elements' order") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split"));
    host.downstream = [](const Emitted& e) { return e.json == "2" ? Answer{} : Answer::of(e.json + "0"); };
    CHECK(host.handle("[1,2,3]").reply == "[10,null,30]");
    host.downstream = [](const Emitted&) { return Answer{}; };
    CHECK(host.handle("[1,2,3]").reply.empty());
}

TEST_CASE("split stops after the first error, and says which element it was") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split"));
    host.downstream = tens;
    const Answer answer = host.handle("[1,22,3,44]");
    CHECK(answer.status == FLOWRUN_E_FAILED);
    CHECK(answer.error.message == "item 1 of 4 failed: 22 is too big");
    CHECK(answer.error.retryable == FLOWRUN_RETRY_YES);
    CHECK(answer.error.detail ==
          R"({"failed":1,"total":4,"errors":[{"index":1,"code":"failed","message":"22 is too big","node":"below"}]})");
    CHECK(host.emitted.size() == 2);
}

TEST_CASE("split collects all errors when it is told to, and can be retried only if all can") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split", R"({"on_error":"collect"})"));
    host.downstream = tens;
    const Answer answer = host.handle("[11,2,33,4]");
    CHECK(answer.error.message == "2 of 4 items failed; item 0: 11 is too big");
    CHECK(answer.error.retryable == FLOWRUN_RETRY_YES);
    CHECK(host.emitted.size() == 4);
    host.downstream = [](const Emitted& e) {
        return e.json == "1" ? Answer::failed(FLOWRUN_E_INVALID, "bad") : tens(e);
    };
    const Answer mixed = host.handle("[22,1]");
    CHECK(mixed.status == FLOWRUN_E_FAILED);
    CHECK(mixed.error.retryable == FLOWRUN_RETRY_NO);
}

TEST_CASE("split tells of the first hundred errors and counts the rest") {
    FakeHost host(FLOWRUN_CORE);
    host.keep_emitted = false;
    REQUIRE(host.create("split", R"({"on_error":"collect"})"));
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_FAILED, "no"); };
    std::string list = "[0";
    for (int i = 1; i < 100'000; ++i) list += ",0";
    const Answer answer = host.handle(list + "]");
    CHECK(answer.error.message == "100000 of 100000 items failed; item 0: no");
    CHECK(answer.error.detail.size() < 10'000);
    CHECK(host.emitted_count == 100'000);
}

TEST_CASE("split ends when the run does") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split"));
    host.on_emit = [&] { host.stopping = host.emitted.size() == 2 ? FLOWRUN_E_CANCELLED : FLOWRUN_OK; };
    CHECK(host.handle("[1,2,3,4]").status == FLOWRUN_E_CANCELLED);
    CHECK(host.emitted.size() == 2);
}

TEST_CASE("split keeps as many in flight as it may, and no more") {
    FakeHost host(FLOWRUN_CORE);
    host.defer_async = true;
    REQUIRE(host.create("split", R"({"parallel":3})"));
    FakeCall& call = host.begin("[1,2,3,4,5]");
    CHECK(host.in_flight() == 3);
    CHECK(host.emitted.size() == 3);
    host.finish_async(2, Answer::of("30"));
    CHECK(host.in_flight() == 3);
    CHECK(host.emitted.size() == 4);
    host.finish_async(0, Answer::of("10"));
    host.finish_async(0, Answer::of("20"));
    host.finish_async(1, Answer::of("50"));
    CHECK_FALSE(call.result);
    host.finish_async(0, Answer::of("40"));
    REQUIRE(call.result);
    CHECK(call.result->status == FLOWRUN_OK);
    CHECK(call.result->reply == "[10,20,30,40,50]");
    CHECK(host.emitted[4].index == 4);
}

TEST_CASE("split in parallel sends nothing after an error, lets what is in flight finish, and gathers all errors") {
    FakeHost host(FLOWRUN_CORE);
    host.defer_async = true;
    REQUIRE(host.create("split", R"({"parallel":3})"));
    FakeCall& call = host.begin("[1,2,3,4,5]");
    host.finish_async(1, Answer::failed(FLOWRUN_E_TIMEOUT, "slow"));
    CHECK(host.in_flight() == 2);
    host.finish_async(0, Answer::failed(FLOWRUN_E_FAILED, "broken"));
    CHECK_FALSE(call.result);
    host.finish_async(0, Answer::of("1"));
    REQUIRE(call.result);
    CHECK(call.result->status == FLOWRUN_E_FAILED);
    CHECK(call.result->error.message == "2 of 5 items failed; item 0: broken");
    CHECK(host.emitted.size() == 3);
}

TEST_CASE("split in parallel collects, and answers even when each emit is done before it returns") {
    FakeHost host(FLOWRUN_CORE);
    REQUIRE(host.create("split", R"({"parallel":4,"on_error":"collect"})"));
    host.downstream = tens;
    FakeCall& call = host.begin("[1,22,3,44,5,6,7]");
    REQUIRE(call.result);
    CHECK(call.result->error.message == "2 of 7 items failed; item 1: 22 is too big");
    CHECK(host.emitted.size() == 7);
}

TEST_CASE("split in parallel is cancelled when the run ends") {
    FakeHost host(FLOWRUN_CORE);
    host.defer_async = true;
    REQUIRE(host.create("split", R"({"parallel":2})"));
    FakeCall& call = host.begin("[1,2,3,4]");
    host.stopping = FLOWRUN_E_CANCELLED;
    host.finish_async(0, Answer{});
    CHECK_FALSE(call.result);
    host.finish_async(0, Answer{});
    REQUIRE(call.result);
    CHECK(call.result->status == FLOWRUN_E_CANCELLED);
}

TEST_CASE("split goes one by one where a call cannot pend") {
    FakeHost host(FLOWRUN_CORE);
    host.may_pend = false;
    REQUIRE(host.create("split", R"({"parallel":3})"));
    CHECK(host.handle("[1,2,3]").status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 3);
}
