// join and group: messages that leave together.

#include <catch2/catch.hpp>

#include "fake_host.hh"
#include "value/json.hh"

using namespace flowrun::test;
using flowrun::value::Node;
using Strings = std::vector<std::string>;

namespace {

constexpr std::uint32_t key = 0, count = 1, until = 2, order = 3;

// A setting that reads a member of the message; none where it has no such member.
auto member(std::string name) {
    return [name](const Node& m) {
        const Node* const found = m.member(name);
        return found ? Answer::of(flowrun::value::to_json(*found)) : Answer{};
    };
}
auto always(std::string json) {
    return [json](const Node&) { return Answer::of(json); };
}

struct Joining : FakeHost {
    explicit Joining(std::string_view given = "{}") : FakeHost(FLOWRUN_CORE) {
        settings[key] = member("k");
        settings[count] = always("3");
        REQUIRE(create("join", given));
    }
    void send(const std::string& k, int n) {
        REQUIRE(handle(R"({"k":")" + k + R"(","n":)" + std::to_string(n) + "}").status == FLOWRUN_OK);
    }
};

}  // namespace

TEST_CASE("join sends a group when it has as many messages as it should, under its key") {
    Joining host;
    host.send("a", 1);
    host.send("b", 1);
    host.send("a", 2);
    CHECK(host.emitted.empty());
    host.send("a", 3);
    CHECK(host.jsons() == Strings{R"([{"k":"a","n":1},{"k":"a","n":2},{"k":"a","n":3}])"});
    CHECK(host.emitted[0].key == "a");
    host.send("a", 4);  // the next group of that key
    CHECK(host.emitted.size() == 1);
}

TEST_CASE("join takes what a message says of its group: count, until, or that a split made it") {
    Joining host;
    host.settings[count] = member("of");
    host.settings[until] = member("last");
    CHECK(host.handle(R"({"k":1,"of":2})").status == FLOWRUN_OK);
    CHECK(host.handle(R"({"k":1,"of":2})").status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 1);
    CHECK(host.handle(R"({"k":1,"last":false})").status == FLOWRUN_OK);
    CHECK(host.handle(R"({"k":1,"last":true})").status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 2);

    host.message_total = 2;
    CHECK(host.handle(R"({"k":1})").status == FLOWRUN_OK);
    CHECK(host.handle(R"({"k":1})").status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 3);
    host.message_total = 0;
    CHECK(host.handle(R"({"k":1})").error.message ==
          "nothing says how many messages make its group: give 'count' or 'until'");
    CHECK(host.handle(R"({"k":1,"of":0})").error.message == "'count' gave 0, not a number of messages");
    CHECK(host.handle(R"({"k":1,"of":"x"})").error.message == "'count' gave a string, not a number of messages");
    CHECK(host.handle(R"({"k":1,"last":1})").error.message == "'until' gave 1, not a bool");
    host.settings[key] = [](const Node&) { return Answer::failed(FLOWRUN_E_INVALID, "no"); };
    CHECK(host.handle(R"({"k":1})").status == FLOWRUN_E_INVALID);
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.raised.empty());  // what was refused is in no group
}

TEST_CASE("join without a key gathers one group after another") {
    Joining host;
    host.settings.erase(key);
    for (int n = 1; n <= 6; ++n) host.send("x", n);
    REQUIRE(host.emitted.size() == 2);
    CHECK(host.emitted[1].json == R"([{"k":"x","n":4},{"k":"x","n":5},{"k":"x","n":6}])");
    CHECK(host.emitted[1].key.empty());
}

TEST_CASE("join puts a group in order, numbers before texts, equals as they came") {
    Joining host;
    host.settings.erase(key);
    host.settings[count] = always("6");
    host.settings[order] = member("o");
    for (const char* m : {R"({"o":"b"})", R"({"o":10})", R"({"o":9.5,"x":1})", R"({"o":"a"})", R"({"o":9.5,"x":2})"}) {
        CHECK(host.handle(m).status == FLOWRUN_OK);
    }
    CHECK(host.handle(R"({"o":[1]})").error.message == "'order' gave a list, not a number or a string");
    CHECK(host.handle(R"({"o":-1})").status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"([{"o":-1},{"o":9.5,"x":1},{"o":9.5,"x":2},{"o":10},{"o":"a"},{"o":"b"}])"});
}

TEST_CASE("join knows equal keys for equal and others for others") {
    Joining host;
    host.settings[count] = always("2");
    const auto joined = [&](const std::string& a, const std::string& b) {
        const std::size_t before = host.emitted.size();
        CHECK(host.handle(R"({"k":)" + a + "}").status == FLOWRUN_OK);
        CHECK(host.handle(R"({"k":)" + b + "}").status == FLOWRUN_OK);
        return host.emitted.size() > before;
    };
    CHECK(joined("1", "1.0"));
    CHECK(joined(R"({"a":1,"b":[ 2 ]})", R"({"b":[2],"a":1})"));
    CHECK(joined(R"("\u0041")", R"("A")"));
    CHECK(joined("12345678901234567890123", "12345678901234567890123"));
    CHECK_FALSE(joined("2", R"("2")"));
    CHECK_FALSE(joined("[3]", "3"));
    CHECK_FALSE(joined(R"("a\nb")", R"("a\\nb")"));
    CHECK_FALSE(joined("9007199254740993", "9007199254740992"));
    CHECK_FALSE(joined("true", R"("true")"));
}

TEST_CASE("A late group leaves while the node is idle, and the next one has its own time") {
    Joining host(R"({"timeout":5000000000})");
    host.send("a", 1);
    host.advance(3'000'000'000);
    host.send("b", 1);
    host.send("b", 2);
    host.advance(1'999'999'999);
    CHECK(host.raised.empty());
    host.advance(1);
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].error.code == FLOWRUN_E_TIMEOUT);
    CHECK(host.raised[0].error.message == R"(the group "a" is not complete: it has 1 of 3 messages after 5s)");
    CHECK(host.raised[0].value == R"([{"k":"a","n":1}])");
    host.advance(2'999'999'999);
    CHECK(host.raised.size() == 1);
    host.advance(1);
    REQUIRE(host.raised.size() == 2);
    CHECK(host.raised[1].value == R"([{"k":"b","n":1},{"k":"b","n":2}])");
    CHECK(host.timers() == 0);  // nothing is waited for while nothing is held
    host.send("c", 1);
    host.advance(5'000'000'000);
    CHECK(host.raised.size() == 3);
    CHECK(host.emitted.empty());
}

TEST_CASE("join has one timer, however many groups there are, and a group that was complete is never late") {
    Joining host(R"({"timeout":1000})");
    for (int n = 0; n < 1000; ++n) {
        for (int i = 0; i < 3; ++i) host.send(std::to_string(n), i);
        host.send("left" + std::to_string(n), 0);
        CHECK(host.timers() <= 1);
        host.advance(1);
    }
    host.advance(1000);
    CHECK(host.emitted.size() == 1000);
    CHECK(host.raised.size() == 1000);
    CHECK(host.timers() == 0);
}

TEST_CASE("join lets what is not complete leave at the end, by the error port or as it is") {
    Joining error;
    error.send("a", 1);
    error.send("b", 1);
    CHECK(error.end().status == FLOWRUN_OK);
    REQUIRE(error.raised.size() == 2);
    CHECK(error.raised[0].error.code == FLOWRUN_E_FAILED);
    CHECK(error.raised[0].error.message ==
          R"(the group "a" is not complete: it has 1 of 3 messages at the end of the input)");
    CHECK(error.emitted.empty());

    Joining emit(R"({"partial":"emit","timeout":1000000})");
    emit.send("a", 1);
    emit.advance(1'000'000);
    emit.send("b", 1);
    CHECK(emit.end().status == FLOWRUN_OK);
    CHECK(emit.raised.empty());
    CHECK(emit.jsons() == Strings{R"([{"k":"a","n":1}])", R"([{"k":"b","n":1}])"});
    CHECK(emit.end().status == FLOWRUN_OK);
    CHECK(emit.emitted.size() == 2);
}

TEST_CASE("join holds no more groups and messages than it may: the oldest leaves, whole") {
    Joining groups(R"({"max_groups":2})");
    groups.send("a", 1);
    groups.send("b", 1);
    groups.send("a", 2);
    CHECK(groups.raised.empty());
    groups.send("c", 1);
    REQUIRE(groups.raised.size() == 1);
    CHECK(groups.raised[0].error.code == FLOWRUN_E_OVERFLOW);
    CHECK(groups.raised[0].error.retryable == FLOWRUN_RETRY_NO);
    CHECK(groups.raised[0].value == R"([{"k":"a","n":1},{"k":"a","n":2}])");

    Joining messages(R"({"max_messages":3})");
    messages.settings[count] = always("100");
    for (int n = 0; n < 3; ++n) messages.send("a", n);
    CHECK(messages.raised.empty());
    messages.send("a", 3);
    REQUIRE(messages.raised.size() == 1);
    CHECK(messages.raised[0].value == R"([{"k":"a","n":0},{"k":"a","n":1},{"k":"a","n":2},{"k":"a","n":3}])");
    messages.send("a", 4);
    CHECK(messages.raised.size() == 1);
}

TEST_CASE("join holds no more bytes than it may, in messages or in keys") {
    Joining messages(R"({"max_bytes":100000})");
    messages.settings[count] = always("1000000");
    messages.send(std::string(30'000, 'a'), 0);
    messages.send("b", 0);
    CHECK(messages.raised.empty());
    messages.send(std::string(30'000, 'c'), 0);
    REQUIRE(messages.raised.size() == 1);  // the oldest
    CHECK(messages.raised[0].error.code == FLOWRUN_E_OVERFLOW);
    CHECK(messages.raised[0].value.find("aaa") != std::string::npos);
    messages.send(std::string(200'000, 'd'), 0);
    CHECK(messages.raised.size() == 4);  // and itself, as it alone is more
    // What has left counts no more, and what each takes besides its text does.
    int sent = 0;
    while (messages.raised.size() == 4 && sent < 10'000) messages.send("e" + std::to_string(sent++), 0);
    CHECK(sent > 50);
    CHECK(sent < 1000);
}

TEST_CASE("A group that fails further down is not the failure of its last message, whose reply is the group's") {
    Joining host;
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_UNAVAILABLE, "down"); };
    for (int n = 0; n < 3; ++n) host.send("a", n);
    CHECK(host.emitted.size() == 1);
    host.downstream = [](const Emitted&) { return Answer::of("42"); };
    for (int n = 0; n < 2; ++n) host.send("a", n);
    CHECK(host.handle(R"({"k":"a","n":2})").reply == "42");
}

TEST_CASE("A group that can no longer be sent is told of, whole") {
    Joining host(R"({"timeout":10})");
    host.send("a", 0);
    host.send("a", 1);
    host.send("b", 0);
    host.may_begin = false;  // the run is ending
    host.send("a", 2);
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].error.code == FLOWRUN_E_CANCELLED);
    CHECK(host.raised[0].value.size() > 40);
    host.advance(10);
    CHECK(host.raised.size() == 1);  // what is late waits for the end
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.raised.size() == 2);
}

namespace {

struct Grouping : FakeHost {
    explicit Grouping(std::string_view given = "{}") : FakeHost(FLOWRUN_CORE) {
        settings[key] = member("k");
        REQUIRE(create("group", given));
    }
    Answer send(int k, int n) { return handle("{\"k\":" + std::to_string(k) + ",\"n\":" + std::to_string(n) + "}"); }
};

}  // namespace

TEST_CASE("group sends all of each key at the end, keys in the order in which they came") {
    Grouping host;
    for (int n = 0; n < 4; ++n) CHECK(host.send(2 - n % 2, n).status == FLOWRUN_OK);
    CHECK(host.emitted.empty());
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"key":2,"items":[{"k":2,"n":0},{"k":2,"n":2}]})",
                                  R"({"key":1,"items":[{"k":1,"n":1},{"k":1,"n":3}]})"});
    CHECK(host.emitted[0].key == "2");
}

TEST_CASE("group with a bound sends what is full at once, and makes room by the oldest") {
    Grouping host(R"({"max":2,"max_messages":3})");
    for (int k : {1, 2, 2}) CHECK(host.send(k, 0).status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"key":2,"items":[{"k":2,"n":0},{"k":2,"n":0}]})"});
    for (int k : {3, 4, 5}) CHECK(host.send(k, 0).status == FLOWRUN_OK);
    REQUIRE(host.emitted.size() == 2);
    CHECK(host.emitted[1].json == R"({"key":1,"items":[{"k":1,"n":0}]})");
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.emitted.size() == 5);
}

TEST_CASE("group without a bound sends whole groups or fails, never a part unasked") {
    Grouping host(R"({"max_messages":2})");
    CHECK(host.send(1, 0).status == FLOWRUN_OK);
    CHECK(host.send(1, 1).status == FLOWRUN_OK);
    const Answer full = host.send(1, 2);
    CHECK(full.status == FLOWRUN_E_OVERFLOW);
    CHECK(full.error.retryable == FLOWRUN_RETRY_NO);
    CHECK(full.error.message ==
          "2 messages are held already, the limit set by max_messages; with 'max' groups leave before the end");
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"key":1,"items":[{"k":1,"n":0},{"k":1,"n":1}]})"});
}

TEST_CASE("group holds no more bytes than it may: it makes room, or fails") {
    const std::string big = R"({"k":1,"n":")" + std::string(40'000, 'x') + "\"}";
    Grouping whole(R"({"max_bytes":100000})");
    CHECK(whole.handle(big).status == FLOWRUN_OK);
    CHECK(whole.handle(big).status == FLOWRUN_OK);
    const Answer full = whole.handle(big);
    CHECK(full.status == FLOWRUN_E_OVERFLOW);
    CHECK(full.error.message ==
          "100000 bytes are held already, the limit set by max_bytes; with 'max' groups leave before the end");
    CHECK(whole.end().status == FLOWRUN_OK);
    CHECK(whole.emitted.size() == 1);

    Grouping early(R"({"max":100,"max_bytes":100000})");
    for (int i = 0; i < 7; ++i) CHECK(early.handle(big).status == FLOWRUN_OK);
    CHECK(early.emitted.size() == 2);
    CHECK(early.handle(R"({"k":2,"n":")" + std::string(400'000, 'x') + "\"}").status == FLOWRUN_OK);
    CHECK(early.emitted.size() == 4);
    CHECK(early.end().status == FLOWRUN_OK);
    CHECK(early.emitted.size() == 4);
}

TEST_CASE("A group that fails on its way is not the failure of its last message") {
    Grouping host(R"({"max":1})");
    host.downstream = [](const Emitted&) { return Answer::failed(FLOWRUN_E_FAILED, "no"); };
    CHECK(host.send(1, 0).status == FLOWRUN_OK);
    host.may_begin = false;
    CHECK(host.send(1, 1).status == FLOWRUN_OK);
    REQUIRE(host.raised.size() == 1);
    CHECK(host.raised[0].value == R"({"key":1,"items":[{"k":1,"n":1}]})");
}
