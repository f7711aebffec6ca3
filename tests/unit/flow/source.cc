// Places in the text of a flow, and the mistakes that are told at them.

#include "flow/source.hh"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <string>

#include "flow/arguments.hh"
#include "flow/issue.hh"

using namespace flowrun::flow;

namespace {

std::string at(const Source& source, std::size_t offset, std::size_t length = 1) {
    const Place place = source.place(offset, length);
    return fmt::format("{}:{}+{} @{}", place.line, place.column, place.length, place.offset);
}

}  // namespace

TEST_CASE("a place counts lines and code points from 1") {
    const Source source("f", "ab\n\nčé€😀x\n");
    CHECK(at(source, 0) == "1:1+1 @0");
    CHECK(at(source, 1) == "1:2+1 @1");
    CHECK(at(source, 3) == "2:1+1 @3");
    CHECK(at(source, 4) == "3:1+1 @4");
    CHECK(at(source, 6) == "3:2+1 @6");
    CHECK(at(source, 8) == "3:3+1 @8");
    CHECK(at(source, 11) == "3:4+1 @11");
    CHECK(at(source, 15) == "3:5+1 @15");
}

TEST_CASE("a place beyond the end is the end") {
    const Source source("f", "ab");
    CHECK(source.place(2).column == 3);
    CHECK(source.place(100).column == 3);
    CHECK(source.place(100).offset == 2);
    const Source empty("f", "");
    CHECK(at(empty, 0) == "1:1+1 @0");
}

TEST_CASE("a column far out in a long line is exact") {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += i % 3 == 0 ? "é" : "x";
    const Source source("f", "first\n" + text);
    std::uint32_t column = 1;
    for (std::size_t offset = 0; offset < text.size();
         offset += static_cast<unsigned char>(text[offset]) > 127 ? 2 : 1) {
        const Place place = source.place(6 + offset);
        REQUIRE(place.line == 2);
        REQUIRE(place.column == column);
        ++column;
    }
}

TEST_CASE("lines are given without their break") {
    const Source source("f", "one\r\ntwo\n\nfour");
    CHECK(source.line(1) == "one");
    CHECK(source.line(2) == "two");
    CHECK(source.line(3).empty());
    CHECK(source.line(4) == "four");
    CHECK(source.line(0).empty());
    CHECK(source.line(5).empty());
}

TEST_CASE("a byte order mark is no part of the text") {
    const Source source("f", "\xEF\xBB\xBFname: x");
    CHECK(source.text() == "name: x");
    CHECK(at(source, 0) == "1:1+1 @0");
}

TEST_CASE("issues are sorted by place, those without one first, and told once") {
    const Source source("f", "ab\ncd\n");
    Issues issues;
    issues.error(source.place(4), "later");
    issues.warning(source.place(0), "warned");
    issues.error({}, "of the whole");
    issues.error(source.place(4), "later");
    issues.error(source.place(4), "later", "with a remedy");
    issues.error(source.place(3), "earlier");
    issues.sort();
    std::string order;
    for (const Issue& issue : issues.all()) order += issue.message + issue.remedy + ";";
    CHECK(order == "of the whole;warned;earlier;later;laterwith a remedy;");
    CHECK(issues.warnings() == 1);
}

TEST_CASE("of very many issues the first are kept and all are counted") {
    Issues issues;
    for (std::size_t i = 0; i < Issues::most_kept + 50; ++i) issues.error({}, fmt::format("number {}", i));
    CHECK(issues.all().size() == Issues::most_kept);
    CHECK(issues.errors() == Issues::most_kept + 50);
    Issues more;
    more.warning({}, "one more");
    more.add(std::move(issues));
    CHECK(more.errors() == Issues::most_kept + 50);
    CHECK(more.warnings() == 1);
    CHECK(more.all().size() == Issues::most_kept);
    CHECK_FALSE(more.empty());
}

TEST_CASE("an argument is a name, '=' and any text") {
    const auto read = [](std::string_view text) {
        const auto argument = argument_of(text);
        return argument ? argument->name + "|" + argument->value : "error";
    };
    CHECK(read("region=EU") == "region|EU");
    CHECK(read("region=") == "region|");
    CHECK(read("where=a=b") == "where|a=b");
    CHECK(read("a_b-c=1") == "a_b-c|1");
    for (const char* wrong : {"", "region", "=EU", "1a=x", "a b=x", "é=x"}) {
        CAPTURE(wrong);
        CHECK(read(wrong) == "error");
    }
}
