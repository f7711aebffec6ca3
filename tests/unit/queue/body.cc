#include "queue/body.hh"

#include <catch2/catch.hpp>

#include <flowrun/ext/queue.h>

#include "value/builder.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::queue;

namespace {

std::uint32_t comes_back(const value::Node& body) {
    std::string bytes;
    const std::uint32_t format = write_body(body, bytes);
    const auto again = read_body(format, bytes);
    REQUIRE(again);
    CHECK(value::equal(**again, body));
    CHECK(value::to_json(**again) == value::to_json(body));
    return format;
}

}  // namespace

TEST_CASE("A body that is JSON is kept as JSON, its numbers and spaces as they were") {
    for (const char* text :
         {"null", "true", "0", "-1.50", "1e400", "9007199254740993", "\"\"", "\"\\u0001b\"", "[]", "{}",
          "{ \"a\" : [ 1.10 , 007e0 ] }", "{\"a\":1,\"a\":2}", "[[[\"x\"]],{\"b\":{\"c\":null}}]"}) {
        const auto value = value::parse(text);
        if (!value) continue;  // not JSON: nothing to keep
        CHECK(comes_back(**value) == FLOWRUN_BODY_JSON);
        std::string bytes;
        write_body(**value, bytes);
        CHECK(bytes == text);
    }
}

TEST_CASE("Bytes come back as bytes, alone and within lists and maps") {
    value::Builder make;
    make.bytes(std::string_view("\0\xff", 2));
    CHECK(comes_back(*make.finish()) == FLOWRUN_BODY_BYTES);
    make.map();
    make.key(
        "\x01"
        "b");
    make.list();
    make.bytes("");
    make.string(
        "\x01"
        "bQQ==");
    make.string("\x01");
    make.string("plain");
    make.null();
    make.end();
    make.end();
    CHECK(comes_back(*make.finish()) == FLOWRUN_BODY_MIXED);
}

TEST_CASE("What is no body is refused with a reason") {
    CHECK(!read_body(FLOWRUN_BODY_JSON, "{"));
    CHECK(!read_body(FLOWRUN_BODY_JSON, ""));
    CHECK(!read_body(FLOWRUN_BODY_MIXED, "\"\\u0001\""));
    CHECK(!read_body(FLOWRUN_BODY_MIXED, "\"\\u0001x\""));
    CHECK(!read_body(FLOWRUN_BODY_MIXED, "\"\\u0001b!\""));
    CHECK(!read_body(17, "1"));
    CHECK(read_body(FLOWRUN_BODY_JSON, "{").error().starts_with("its body cannot be read: "));
}
