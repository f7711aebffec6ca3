// Paths into values.
#include "value/path.hh"

#include <catch2/catch.hpp>
#include <string>

#include "value/json.hh"
#include "value/value.hh"

using namespace flowrun::value;
using namespace std::literals;

namespace {

std::string found(std::string_view json, std::string_view path) {
    const Value v = parse(json).value();
    const auto prepared = Path::parse(path);
    INFO(path);
    REQUIRE(prepared);
    const Node* node = prepared->get(*v);
    return node != nullptr ? to_json(*node) : "absent"s;
}

}  // namespace

TEST_CASE("a path leads through maps and lists") {
    const auto v =
        R"({"customer":{"address":[{"city":"Brno"},[7,8]]},"odd name":{"x":1},"a-b":2,"\"q\"]":3,"é":4,"0":5})";
    CHECK(found(v, "customer.address[0].city") == "\"Brno\"");
    CHECK(found(v, "customer.address[1][1]") == "8");
    CHECK(found(v, "[\"odd name\"].x") == "1");
    CHECK(found(v, "customer[\"address\"][0]") == R"({"city":"Brno"})");
    CHECK(found(v, R"(["\"q\"]"])") == "3");
    CHECK(found(v, R"(["\u00e9"])") == "4");
    CHECK(found(v, "\xC3\xA9") == "4");
    CHECK(found(v, "a-b") == "2");
    CHECK(found(v, "0") == "5");
    CHECK(found("[[1,2]]", "[0][1]") == "2");
}

TEST_CASE("what is not there is absent") {
    const auto v = R"({"a":{"b":[1]},"s":"text"})";
    CHECK(found(v, "x") == "absent");
    CHECK(found(v, "a.x") == "absent");
    CHECK(found(v, "a.b[1]") == "absent");
    CHECK(found(v, "a.b[18446744073709551615]") == "absent");
    CHECK(found(v, "a[0]") == "absent");
    CHECK(found(v, "a.b.c") == "absent");
    CHECK(found(v, "s.length") == "absent");
    CHECK(found(v, "s[0]") == "absent");
}

TEST_CASE("what is no path is refused") {
    for (const auto text : {"",       ".",         "a.",        ".a",          "a..b",
                            "a[",     "a[]",       "a[x]",      "a[-1]",       "a[01]",
                            "a[1",    "a]",        "a[0]b",     "a b",         "[\"x]",
                            "[\"x\"", "[\"x\\\"]", "[\"\\x\"]", "[\"\xff\"]",  "a[18446744073709551616]",
                            "a.[0]",  "\xff",      "a[ 0]",     "a[0] ",       "a\"b",
                            "[0].",   "[0]..a",    "[[0]]",     "[\"a\"\"b\"]"}) {
        INFO(text);
        CHECK_FALSE(Path::parse(text));
    }
}
