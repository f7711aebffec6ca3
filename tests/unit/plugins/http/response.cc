// What a response says of its connection.

#include "response.hh"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "values.hh"

using namespace flowrun::http;

namespace {

std::string closing(std::string response) {
    say_close(response);
    return response;
}

std::string first_line_of(std::string_view reply) {
    flowrun::sdk::Reader reader(flowrun::test::table());
    const std::string whole = response_of(reader.read(reply), Manner{});
    return whole.substr(0, whole.find('\r'));
}

}  // namespace

TEST_CASE("A status is a number or its digits; a map with other members is a body") {
    CHECK(first_line_of(R"({"status":404})") == "HTTP/1.1 404 Not Found");
    CHECK(first_line_of(R"({"status":"404"})") == "HTTP/1.1 404 Not Found");
    CHECK(first_line_of(R"({"status":"201","headers":{},"body":1})") == "HTTP/1.1 201 Created");
    for (const char* other : {R"({"status":"404","id":1})", R"({"status":"paid","id":1})", R"({"body":1})"}) {
        INFO(other);
        CHECK(first_line_of(other) == "HTTP/1.1 200 OK");
    }
}

TEST_CASE("A response whose status is none is not sent as another") {
    const auto failure = [](const std::string& status) {
        return flowrun::test::failure_of([&] { (void)first_line_of("{\"status\":" + status + ",\"body\":1}"); });
    };
    for (const char* status : {"600", "99", "2000", "-200", R"("600")", R"("99")", R"("2000")"}) {
        CHECK(failure(status) == "-8: the reply's status is " + std::string(status) + ", not 200 to 599");
    }
    for (const char* status : {R"("abc")", R"("4o4")", R"("")", R"(" 200")", "null", "200.5", "true", "[200]"}) {
        CHECK(failure(status) ==
              "-8: the reply's status is " + std::string(status) + ", not 200 to 599; as data it belongs into 'body'");
    }
}

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
