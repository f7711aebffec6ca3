#include "response_header.hh"

#include <initializer_list>
#include <string_view>

#include <catch2/catch.hpp>

using namespace flowrun::http;

namespace {

ResponseHeader header_of(std::initializer_list<std::string_view> lines) {
    ResponseHeader header;
    for (const std::string_view line : lines) REQUIRE(header.take(line));
    return header;
}

}  // namespace

TEST_CASE("a response's header is whole with its blank line, and each status line begins it anew") {
    ResponseHeader header;
    CHECK_FALSE(header.is_whole());
    CHECK(header.take("HTTP/1.1 103 Early Hints\r\n"));
    CHECK(header.take("Link: a\r\n"));
    CHECK(header.take("\r\n"));
    CHECK(header.is_whole());
    CHECK(header.take("HTTP/1.1 200 OK\r\n"));
    CHECK_FALSE(header.is_whole());
    CHECK(header.get("link").empty());
    CHECK(header.take("HTTP/1.1 200 OK: a name like any other\r\n"));
    CHECK(header.take("\n"));
    CHECK(header.is_whole());
    header.clear();
    CHECK_FALSE(header.is_whole());
}

TEST_CASE("a response's header has a bound, interim responses with it") {
    ResponseHeader header;
    int taken = 0;
    while (header.take("HTTP/1.1 100 Continue\r\n") && header.take("\r\n")) ++taken;
    CHECK(taken > 1000);
    CHECK(taken < 100'000);
}

TEST_CASE("the length of a response's body is one number, or what is wrong is said") {
    const auto mistake = [](std::string_view one, std::string_view other = "X: y\r\n") {
        return header_of({"HTTP/1.1 200 OK\r\n", one, other, "\r\n"}).mistake();
    };
    CHECK(mistake("X: y\r\n") == "");
    CHECK(mistake("Content-Length: 2\r\n") == "");
    CHECK(mistake("Content-Length: 2\r\n", "content-length: 02\r\n") == "");
    CHECK(mistake("Content-Length: 2, 3\r\n") == "the response has several Content-Lengths that differ: 2, 3");
    CHECK(mistake("Content-Length: 2\r\n", "Content-Length: 3\r\n") ==
          "the response has several Content-Lengths that differ: 2, 3");
    for (const char* bad : {"Content-Length: +2\r\n", "Content-Length: -2\r\n", "Content-Length: 2x\r\n",
                            "Content-Length: 0x2\r\n", "Content-Length: 2,\r\n", "Content-Length: 2 3\r\n"}) {
        INFO(bad);
        CHECK(mistake(bad).ends_with("which is no number"));
    }
    CHECK(mistake("Content-Length: 99999999999999999999\r\n").ends_with("larger than any body"));
    CHECK(mistake("Content-Length: 2, 3\r\n", "Transfer-Encoding: chunked\r\n") == "");
    CHECK(mistake("Transfer-Encoding: identity\r\n") == "");
    CHECK(mistake("Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\n") ==
          "the response's Transfer-Encoding is 'gzip, chunked', not chunked");
}

TEST_CASE("a header's lines are read as old servers write them, and trailers do not overrule them") {
    const auto header = header_of({"HTTP/1.1 200 OK\r\n", "X-Long: a\r\n", "\tb: c\r\n", "Content-Length : 5\r\n",
                                   ": none\r\n", "\r\n", "X-Long: d\r\n", "X-Late: e\r\n", "Content-Type: f\r\n"});
    CHECK(header.get("x-long") == "a b: c");
    CHECK(header.body_size() == 5);
    CHECK(header.get("x-late") == "e");
    CHECK(header.get("content-type").empty());
    CHECK_FALSE(header_of({"HTTP/1.1 200 OK\r\n", "\r\n"}).body_size());
    CHECK(header_of({"HTTP/1.1 200 OK\r\n", "Content-Length: 7, 7\r\n", "\r\n"}).body_size() == 7);
}
