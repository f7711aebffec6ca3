// Where records begin and end, however the bytes arrive.

#include "formats/framing.hh"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace flowrun::formats;
using Strings = std::vector<std::string>;

namespace {

// The records of `text` when it comes in pieces of `step` bytes; one that is broken ends them with '!' and why.
Strings cut(std::unique_ptr<Framing> framing, std::string_view text, std::size_t step) {
    Strings out;
    std::size_t begin = 0, end = std::min(step, text.size());
    for (;;) {
        const std::string_view data = text.substr(begin, end - begin);
        const bool last = end == text.size();
        const Cut found = framing->cut(data, last);
        if (found.what == Cut::broken) {
            out.push_back(std::string("!") + found.problem);
            return out;
        }
        if (found.what == Cut::record) out.emplace_back(data.substr(found.begin, found.end - found.begin));
        if (found.what == Cut::record || found.what == Cut::none) begin += found.next;
        if (found.what == Cut::record || (found.what == Cut::none && found.next > 0 && begin < end)) continue;
        if (last) return out;
        end = std::min(end + step, text.size());
    }
}

template <class Make>
void check(Make make, std::string_view text, const Strings& records) {
    for (std::size_t step = 1; step <= text.size() + 1; ++step) {
        CAPTURE(text, step);
        CHECK(cut(make(), text, step) == records);
    }
}

const auto csv = [] { return csv_framing(','); };

}  // namespace

TEST_CASE("lines end with a line feed, with or without a carriage return, or with the input") {
    check(line_framing, "", {});
    check(line_framing, "a\nbc\n", {"a", "bc"});
    check(line_framing, "a\r\nbc", {"a", "bc"});
    check(line_framing, "\n\r\n\n", {"", "", ""});
    check(line_framing, "a\rb\n", {"a\rb"});
}

TEST_CASE("csv rows that end in a carriage return alone are rows, where the first does") {
    check(csv, "a,b\r1,2\r3,4\r", {"a,b", "1,2", "3,4"});
    check(csv, "a,b\r1,\"x\ry\"\r3,4", {"a,b", "1,\"x\ry\"", "3,4"});
    check(csv, "\"a\rb\"\r1\r", {"\"a\rb\"", "1"});
    // A file that goes on with line feeds, as one that was appended to.
    check(csv, "a,b\r1,2\n3,4\n", {"a,b", "1,2", "3,4"});
    check(csv, "a\r", {"a"});
    check(csv, "a\r\n1\r2\r\n", {"a", "1\r2"});
    check(csv, "a\n1\r2\n", {"a", "1\r2"});
}

TEST_CASE("lines before the csv rows and comments between them are none, whatever quotes they hold") {
    const auto shaped = [] { return csv_framing(',', 2, '#'); };
    check(shaped, "a \"title\n\n#x\n1,2\n#it's \"5\n\"#a\n#b\"\n#last", {"1,2", "\"#a\n#b\""});
    check(shaped, "one\rtwo\r1\r#\r2", {"1", "2"});
    check(shaped, "one\ntwo\n", {});
}

TEST_CASE("a csv row goes on over line ends within quotes") {
    check(csv, "", {});
    check(csv, "a,b\nc,d\n", {"a,b", "c,d"});
    check(csv, "a,\"b\nc\"\r\nd\n", {"a,\"b\nc\"", "d"});
    check(csv, "\"a\"\"\n\",b\nc", {"\"a\"\"\n\",b", "c"});
    check(csv, "\"open\n", {"\"open\n"});  // whether a row is right is the decoder's to say
}

TEST_CASE("a quote within a csv field that is not quoted is text") {
    check(csv, "5\" nail\n6\" nail\n", {"5\" nail", "6\" nail"});
    check(csv, "a \"b\nc\n", {"a \"b", "c"});
}

TEST_CASE("the delimiter decides where a csv field begins") {
    check([] { return csv_framing(';'); }, "a;\"b\nc\"\nd\n", {"a;\"b\nc\"", "d"});
    check([] { return csv_framing(';'); }, "a,\"b\nc\"\n", {"a,\"b", "c\""});
}

TEST_CASE("JSON texts stand one after another") {
    check(json_framing, "", {});
    check(json_framing, " \n ", {});
    check(json_framing, "1 2\n3", {"1", "2", "3"});
    check(json_framing, R"({"a":1}{"b":[2]})", {R"({"a":1})", R"({"b":[2]})"});
    check(json_framing, R"("a" "b\"]")", {R"("a")", R"("b\"]")"});
    check(json_framing, R"({"a":"}"} true)", {R"({"a":"}"})", "true"});
}

TEST_CASE("of a JSON list each element is a record") {
    check(json_framing, "[]", {});
    check(json_framing, "[1, {\"a\": [2]},\n [3]]", {"1", "{\"a\": [2]}", "[3]"});
    check(json_framing, "[1][2]", {"1", "2"});
    check(json_framing, "[\"a,b\",null]", {"\"a,b\"", "null"});
}

TEST_CASE("JSON that cannot be taken apart says why") {
    check(json_framing, "[1", {"1", "!the list is not closed"});
    check(json_framing, "[1 2]", {"1", "!expected ',' or ']' after an element of the list"});
    check(json_framing, "[,1]", {"!expected a value"});
    check(json_framing, "1 }", {"1", "!expected a value"});
    check(json_framing, "[1,]", {"1", "!expected a value"});
}

TEST_CASE("what is thrown away of a long record does not move its end") {
    for (const auto& make :
         {std::function<std::unique_ptr<Framing>()>(line_framing), std::function<std::unique_ptr<Framing>()>(csv),
          std::function<std::unique_ptr<Framing>()>(json_framing)}) {
        const auto framing = make();
        const std::string text = "\"aaaaaaaaaaaaaaaa\"\n1\n";
        REQUIRE(framing->cut(std::string_view(text).substr(0, 10), false).what == Cut::more);
        framing->discard(10);
        const std::string_view rest = std::string_view(text).substr(10);
        const Cut cut = framing->cut(rest, true);
        REQUIRE(cut.what == Cut::record);
        CHECK(rest.substr(cut.begin, cut.end - cut.begin) == "aaaaaaa\"");
        const std::string_view next = rest.substr(cut.next);
        const Cut second = framing->cut(next, true);
        REQUIRE(second.what == Cut::record);
        CHECK(next.substr(second.begin, second.end - second.begin) == "1");
    }
}
