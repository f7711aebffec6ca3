#include "broker/url.hh"

#include <flowrun/cxx/queue.hh>

#include <catch2/catch.hpp>

#include <string>

using flowrun::broker::parse_url;
using flowrun::sdk::QueueError;

TEST_CASE("a URL is taken apart, and its escapes undone") {
    const auto url = parse_url("amqp://us%40er:pa%3Ass@[::1]:5671/a%2Fb?prefetch=7&name=a%20b&name=c");
    CHECK(url.scheme == "amqp");
    CHECK(url.user == "us@er");
    CHECK(url.password == "pa:ss");
    CHECK(url.host == "::1");
    CHECK(url.port == 5671);
    CHECK(url.path == "a/b");
    CHECK(url.number("prefetch", 1, 1, 10) == 7);
    CHECK(url.number("other", 3, 1, 10) == 3);
    REQUIRE(url.find("name") != nullptr);
    CHECK(*url.find("name") == "c");
    CHECK(url.server(1) == "[::1]:5671");
}

TEST_CASE("a URL may have but a host") {
    const auto url = parse_url("redis://host");
    CHECK(url.user.empty());
    CHECK(url.port == 0);
    CHECK(url.path.empty());
    CHECK(url.server(6379) == "host:6379");
    CHECK(parse_url("x://h/").path.empty());
    CHECK(parse_url("x://:only@h").password == "only");
    CHECK(parse_url("x://h?a=").find("a")->empty());
}

TEST_CASE("a URL that is none is refused with what is wrong") {
    const auto text = GENERATE(std::string("x"), "x:", "://h", "x://h:", "x://h:0", "x://h:65536", "x://h:1a",
                               "x://[::1", "x://[::1]a", "x://h%", "x://h%2", "x://h%zz", "x://h/%00", "x://h?a",
                               "x://h?=b", "x://h?a=1&b", std::string("x://h/a\0b", 9));
    CAPTURE(text);
    const bool parses = [&] {
        try {
            return static_cast<void>(parse_url(text)), true;
        } catch (const QueueError& error) {
            CHECK(error.status == FLOWRUN_E_INVALID);
            CHECK_FALSE(error.text.empty());
            return false;
        }
    }();
    // Only an empty port may stand, as RFC 3986 has it.
    CHECK(parses == (text == "x://h:"));
}

TEST_CASE("a number in a URL has its bounds, and unknown names are told") {
    const auto url = parse_url("x://h?n=11&m=1x&k=-1");
    CHECK_THROWS_AS(url.number("n", 1, 1, 10), QueueError);
    CHECK_THROWS_AS(url.number("m", 1, 1, 10), QueueError);
    CHECK_THROWS_AS(url.number("k", 1, 0, 10), QueueError);
    CHECK_THROWS_AS(url.allow_only({"n", "m"}), QueueError);
    CHECK_NOTHROW(url.allow_only({"n", "m", "k"}));
}
