#include "broker/message.hh"

#include <flowrun/cxx/queue.hh>

#include <catch2/catch.hpp>

#include <limits>
#include <map>
#include <string>

using flowrun::broker::each_header;
using flowrun::broker::Message;
using flowrun::broker::set_header;

TEST_CASE("what goes beside a body comes back from its headers") {
    Message message;
    message.id = "an id";
    message.key = "key";
    message.traceparent = "00-…";
    message.origin = "run";
    message.error = R"({"code":"failed"})";
    message.format = 2;
    message.attempts = 7;
    message.time = std::numeric_limits<std::int64_t>::max();
    message.accepted = 1;
    message.index = 4;
    message.total = std::numeric_limits<std::int64_t>::min();
    Message back;
    std::size_t headers = 0;
    each_header(message, [&](std::string_view name, std::string_view value) {
        ++headers;
        CHECK(set_header(back, name, value));
    });
    CHECK(headers == 11);
    CHECK(back.id == message.id);
    CHECK(back.key == message.key);
    CHECK(back.traceparent == message.traceparent);
    CHECK(back.origin == message.origin);
    CHECK(back.error == message.error);
    CHECK(back.format == 2);
    CHECK(back.attempts == 7);
    CHECK(back.time == message.time);
    CHECK(back.accepted == 1);
    CHECK(back.index == 4);
    CHECK(back.total == message.total);
}

TEST_CASE("what is not set has no header, and what makes no sense changes nothing") {
    std::size_t headers = 0;
    each_header(Message(), [&](std::string_view, std::string_view) { ++headers; });
    CHECK(headers == 0);
    Message message;
    message.attempts = 3;
    CHECK_FALSE(set_header(message, "flowrun-attempts", "many"));
    CHECK_FALSE(set_header(message, "flowrun-attempts", "-1"));
    CHECK_FALSE(set_header(message, "flowrun-attempts", "99999999999999999999"));
    CHECK_FALSE(set_header(message, "flowrun-time", "1 "));
    CHECK_FALSE(set_header(message, "flowrun-other", "1"));
    CHECK_FALSE(set_header(message, "", ""));
    CHECK(message.attempts == 3);
}
