// What a response says of its connection.

#include "response.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::http;

namespace {

std::string closing(std::string response) {
    say_close(response);
    return response;
}

}  // namespace

TEST_CASE("A response that was made for a connection that stays can still say that it ends") {
    CHECK(closing("HTTP/1.1 200 OK\r\nDate: now\r\n\r\nbody") ==
          "HTTP/1.1 200 OK\r\nConnection: close\r\nDate: now\r\n\r\nbody");
    CHECK(closing("HTTP/1.1 204 No Content\r\n\r\n") == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    CHECK(closing("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nX: y\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nConnection: close\r\nX: y\r\n\r\n");
    const std::string said = "HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nbody";
    CHECK(closing(said) == said);
    // What a body holds is no header.
    CHECK(closing("HTTP/1.1 200 OK\r\n\r\n\r\nConnection: keep-alive\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\r\nConnection: keep-alive\r\n\r\n");
}
