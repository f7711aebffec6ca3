#include "route.hh"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "values.hh"

using namespace flowrun::http;

namespace {

// What is wrong with the settings; empty: nothing.
std::string mistake(const std::string& settings) {
    flowrun::sdk::Reader reader(flowrun::test::table());
    const auto read = reader.read(settings);
    REQUIRE(read);
    return flowrun::test::failure_of([&] { refuse_unusable_routes(read); });
}

bool mentions(const std::string& text, std::string_view what) { return text.find(what) != text.npos; }

}  // namespace

TEST_CASE("A path that nobody can ask for is refused") {
    for (const char* fine : {"/", "/*", "/orders", "/orders/*", "/a..b/.c", "/a b", "/sch\xC3\xB6n"}) {
        INFO(fine);
        CHECK(mistake(R"({"path":")" + std::string(fine) + "\"}").empty());
    }
    CHECK(mentions(mistake(R"({"path":"orders"})"), "write /orders"));
    CHECK(mentions(mistake(R"({"path":"/a?b=1"})"), "no part of a path"));
    CHECK(mentions(mistake(R"({"path":"/a#b"})"), "no part of a path"));
    CHECK(mentions(mistake(R"({"path":"/a/*/b"})"), "the last thing in it"));
    CHECK(mentions(mistake(R"({"path":"/a*"})"), "the last thing in it"));
    CHECK(mentions(mistake(R"({"path":"/a/../b"})"), "take . and .. out"));
    CHECK(mentions(mistake(R"({"path":"/a/./b"})"), "take . and .. out"));
    CHECK(mentions(mistake(R"({"path":"/.."})"), "take . and .. out"));
    CHECK(mentions(mistake(R"({"path":"/a%20b"})"), "matched decoded"));
    CHECK(mentions(mistake(R"({"path":"/100%"})"), "matched decoded"));
    CHECK(mentions(mistake(R"({"routes":{"a":{"methods":["GET"]}}})"), "no 'path'"));
    CHECK(mentions(mistake(R"({"path":"/a","routes":{"a":"/a"}})"), "of their own"));
}

TEST_CASE("A method that nobody asks by is refused") {
    for (const char* fine : {"GET", "PROPFIND", "propfind", "TRACE"}) {
        INFO(fine);
        CHECK(mistake(R"({"methods":[")" + std::string(fine) + "\"]}").empty());
    }
    CHECK(mentions(mistake(R"({"methods":["get"]})"), "write GET"));
    CHECK(mentions(mistake(R"({"methods":["Post"]})"), "write POST"));
    CHECK(mentions(mistake(R"({"methods":["FETCH ME"]})"), "is not a method"));
    CHECK(mentions(mistake(R"({"methods":["CONNECT"]})"), "asks for no path"));
    CHECK(mentions(mistake(R"({"methods":[]})"), "is empty"));
    CHECK(mentions(mistake(R"({"routes":{"a":{"path":"/a","methods":[]}}})"), "is empty"));
}

TEST_CASE("A route that others leave nothing to is refused") {
    const auto routes = [](const std::string& all) { return mistake("{\"routes\":" + all + "}"); };
    CHECK(routes(R"({"a":"/a","all":"/*"})").empty());
    CHECK(routes(R"({"a":"/a/b","b":"/a/*","c":"/ab"})").empty());
    CHECK(routes(R"({"a":{"path":"/a","methods":["GET"]},"b":"/a"})").empty());
    CHECK(routes(R"({"a":{"path":"/a","methods":["POST"]},"b":{"path":"/a","methods":["GET"]}})").empty());
    CHECK(mentions(routes(R"({"all":"/*","a":"/a"})"), "the route 'a': 'all' stands before it"));
    CHECK(mentions(routes(R"({"a":"/a/*","b":"/a"})"), "the route 'b'"));
    CHECK(mentions(routes(R"({"a":"/a/*","b":"/a/b/*"})"), "the route 'b'"));
    CHECK(mentions(routes(R"({"a":"/a","b":{"path":"/a","methods":["GET"]}})"), "the route 'b'"));
    CHECK(mentions(routes(R"({"a":{"path":"/a","methods":["GET"]},"b":{"path":"/a","methods":["HEAD"]}})"),
                   "the route 'b'"));
    // Two together.
    const std::string both = R"({"a":{"path":"/a","methods":["GET"]},"b":{"path":"/*","methods":["PUT","POST"]},)";
    CHECK(mentions(routes(both + R"("c":{"path":"/a","methods":["POST","GET"]}})"), "the route 'c': those before it"));
    CHECK(routes(both + R"("c":{"path":"/a","methods":["POST","GET","DELETE"]}})").empty());
    CHECK(routes(both + R"("c":{"path":"/b","methods":["POST","GET"]}})").empty());
}

TEST_CASE("The first route that fits takes a request, and else what is allowed there is known") {
    const std::vector<Route> routes{
        {"/a", {"GET"}, {}, false}, {"/a", {"POST", "GET"}, {}, false}, {"/b/*", {}, {}, false}};
    CHECK(choose(routes, "HEAD", "/a").route == 0U);
    CHECK(choose(routes, "POST", "/a").route == 1U);
    CHECK(choose(routes, "PUT", "/b/c").route == 2U);
    CHECK_FALSE(choose(routes, "TRACE", "/b").route);
    CHECK(choose(routes, "TRACE", "/b").allowed.empty());
    CHECK_FALSE(choose(routes, "PUT", "/a").route);
    CHECK(choose(routes, "PUT", "/a").known);
    CHECK(choose(routes, "PUT", "/a").allowed == "GET, POST");
    CHECK_FALSE(choose(routes, "GET", "/c").known);
}
