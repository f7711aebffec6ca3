#include "access_line.hh"

#include <string>

#include <catch2/catch.hpp>

using namespace flowrun::http;

TEST_CASE("A line of the access log is one line, whatever a client sends") {
    const char* const response = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc";
    CHECK(access_line("127.0.0.1", "GET", "/a?b=c", response, 1'250'000) ==
          R"(127.0.0.1 "GET /a?b=c" 404 3 bytes 1.250 ms)");
    CHECK(access_line("", "", "", response, 0) == R"(- "- -" 404 3 bytes 0.000 ms)");
    CHECK(access_line("::1", "GET", "/\" 200\r\n\x1b[31m\xC3\xB6\\", response, 0) ==
          R"(::1 "GET /\" 200\x0d\x0a\x1b[31m\xc3\xb6\\" 404 3 bytes 0.000 ms)");
    CHECK(access_line("::1", "GET", std::string(5000, 'a'), response, 0).size() < 2100);
}
