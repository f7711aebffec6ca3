// Values as ndjson, json, lines and raw text; and the settings that choose among them.

#include "formats/encoder.hh"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "formats/format.hh"
#include "values.hh"

using namespace flowrun::formats;
using flowrun::test::failure_of;
using flowrun::test::Json;
using flowrun::test::table;
using Strings = std::vector<std::string>;

namespace {

std::string written(const std::string& settings, const Strings& values) {
    const Json read(settings);
    const auto encoder = Format(*read).encoder();
    std::string out;
    for (const std::string& value : values) encoder->encode(*Json(value), out);
    encoder->end(out);
    return out;
}

}  // namespace

TEST_CASE("ndjson is a value a line, as it was read but for line breaks") {
    CHECK(written("{}", {"1.50", "{\"a\": [1,\n2]}", "\"x\\ny\""}) == "1.50\n{\"a\":[1,2]}\n\"x\\ny\"\n");
    CHECK(written(R"({"format":"ndjson"})", {}).empty());
}

TEST_CASE("json is one list") {
    CHECK(written(R"({"format":"json"})", {}) == "[]\n");
    CHECK(written(R"({"format":"json"})", {"1", "{\"a\":2}"}) == "[\n1,\n{\"a\":2}\n]\n");
}

TEST_CASE("an element of a json list that was taken back leaves no comma") {
    const auto encoder = json_encoder();
    std::string out;
    encoder->encode(*Json("1"), out);
    encoder->forget();
    out.clear();
    encoder->encode(*Json("2"), out);
    encoder->end(out);
    CHECK(out == "[\n2\n]\n");
}

TEST_CASE("lines are texts as they are, other values as JSON; raw adds no line end") {
    CHECK(written(R"({"format":"lines"})", {"\"a\\\"b\"", "7", "null"}) == "a\"b\n7\nnull\n");
    CHECK(written(R"({"format":"raw"})", {"\"a\"", "\"b\\n\"", "[1]"}) == "ab\n[1]");
}

TEST_CASE("the settings say how a stream is read and written") {
    const auto of = [](const Json& settings) { return Format(*settings); };
    const Json none("{}"), csv(R"({"format":"csv","max_line":10})"), bare(R"({"format":"csv","header":false})");
    CHECK(of(none).one_line());
    CHECK(of(none).longest() == 64u << 20u);
    CHECK_FALSE(of(none).has_header());
    CHECK(of(csv).has_header());
    CHECK(of(csv).longest() == 10);
    CHECK_FALSE(of(csv).one_line());
    CHECK_FALSE(of(bare).has_header());
    CHECK(Format(*none, "raw").raw());
    CHECK(failure_of([&] { (void)Format(*Json(R"({"delimiter":"ab"})")); }).starts_with("-1: 'delimiter'"));
}

TEST_CASE("a decoder tells what is no value, and where") {
    const Json none("{}");
    const auto json = Format(*none).decoder(table());
    CHECK(json->decode("{\"a\":1}").made.json() == "{\"a\":1}");
    CHECK(json->decode(" \t").what == Decoder::Result::nothing);
    const auto bad = json->decode("{\"a\":x}");
    CHECK(bad.what == Decoder::Result::bad);
    CHECK(bad.offset == 5);
    CHECK_FALSE(bad.problem.empty());
    const auto lines = Format(*none, "lines").decoder(table());
    CHECK(lines->decode("{x").made.json() == "\"{x\"");
    CHECK(lines->decode("\xFF").made.is(flowrun::sdk::Kind::bytes));
    CHECK(lines->decode("").made.json() == "\"\"");
}
