// The records of a source, each with its place; and those that are too long.

#include "formats/records.hh"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/shorten.hh"

using namespace flowrun::formats;
using flowrun::sdk::Call;
using Strings = std::vector<std::string>;

namespace {

// Gives `text` in pieces of `step` bytes. At each of `pauses` it says once that there is nothing for now.
class Pieces final : public Source {
public:
    Pieces(std::string text, std::size_t step, std::vector<std::size_t> pauses = {})
        : text_(std::move(text)), step_(step), pauses_(std::move(pauses)) {}

    Read read(Call, char* to, std::size_t room) override {
        if (!pauses_.empty() && pauses_.front() <= at_) {
            pauses_.erase(pauses_.begin());
            return {More::later};
        }
        const std::size_t size = std::min({step_, room, text_.size() - at_});
        if (size == 0) return {More::end};
        std::memcpy(to, text_.data() + at_, size);
        at_ += size;
        return {More::data, size};
    }

private:
    std::string text_;
    std::size_t step_, at_ = 0;
    std::vector<std::size_t> pauses_;
};

const Call no_call(nullptr, nullptr);  // the sources here ask nothing of it

// "line:offset text" of each record; what is too long between angle brackets, what is broken with its problem.
Strings read(Source& source, std::unique_ptr<Framing> framing, bool one_line, std::uint64_t limit = 1000) {
    Records records(source, std::move(framing), one_line, limit);
    Strings out;
    for (;;) {
        const auto next = records.next(no_call);
        const Record& record = records.record();
        const std::string place = std::to_string(record.line) + ":" + std::to_string(record.offset) + " ";
        if (next == Records::Next::record) out.push_back(place + std::string(record.text));
        else if (next == Records::Next::too_long) out.push_back(place + "<" + std::string(record.text) + ">");
        else if (next == Records::Next::broken) out.push_back(place + records.problem());
        else if (next == Records::Next::later) out.emplace_back("later");
        else return out;
    }
}

Strings lines(const std::string& text, std::size_t step, std::uint64_t limit = 1000) {
    Pieces source(text, step);
    return read(source, line_framing(), true, limit);
}

}  // namespace

TEST_CASE("a record knows its line and offset") {
    for (std::size_t step = 1; step < 12; ++step) {
        CAPTURE(step);
        CHECK(lines("a\n\nbc\r\nd", step) == Strings{"1:0 a", "2:2 ", "3:3 bc", "4:7 d"});
    }
    Pieces json("\n [1,\n\n {\"a\":\n2}]\n3", 3);
    CHECK(read(json, json_framing(), false) == Strings{"2:3 1", "4:8 {\"a\":\n2}", "6:18 3"});
    Pieces csv("a,\"b\nc\"\nd\n", 2);
    CHECK(read(csv, csv_framing(','), false) == Strings{"1:0 a,\"b\nc\"", "3:8 d"});
}

TEST_CASE("a byte order mark is no part of the first record, however it arrives") {
    for (std::size_t step = 1; step < 8; ++step) {
        CAPTURE(step);
        CHECK(lines("\xEF\xBB\xBF"
                    "a\nb\n",
                    step) == Strings{"1:3 a", "2:5 b"});
    }
    CHECK(lines("\xEF\xBB", 1) == Strings{"1:0 \xEF\xBB"});  // not one
    CHECK(lines("\xEF\xBB\xBF", 1).empty());
}

TEST_CASE("of a record that is too long its beginning is shown, and the next is read") {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{5000}, std::size_t{100'000}}) {
        CAPTURE(step);
        const std::string long_line(10'000, 'x');
        const Strings found = lines("a\n" + long_line + "\nb\n", step, 100);
        REQUIRE(found.size() == 3);
        CHECK(found[0] == "1:0 a");
        CHECK(found[1] == "2:2 <" + long_line.substr(0, Records::shown) + ">");
        CHECK(found[2] == "3:10003 b");
    }
}

TEST_CASE("a record that is too long may end with the input") {
    const Strings found = lines("a\n" + std::string(5000, 'y'), 64, 100);
    REQUIRE(found.size() == 2);
    CHECK(found[1] == "2:2 <" + std::string(Records::shown, 'y') + ">");
}

TEST_CASE("a record of the limit is not too long") {
    CHECK(lines("12345\n123456\n", 3, 5) == Strings{"1:0 12345", "2:6 <123456>"});
}

TEST_CASE("what cannot be read ends the records, with its place") {
    Pieces source("[1,\n2\n3]", 4);
    CHECK(read(source, json_framing(), false) ==
          Strings{"1:1 1", "2:4 2", "3:6 expected ',' or ']' after an element of the list"});
}

TEST_CASE("a source that has nothing for now is asked again") {
    Pieces source("a\nb\nc\n", 1, {1, 4});
    CHECK(read(source, line_framing(), true) == Strings{"later", "1:0 a", "2:2 b", "later", "3:4 c"});
}

TEST_CASE("a text is never cut within a character") {
    CHECK(shorten("abc", 3) == "abc");
    CHECK(shorten("abcd", 3) == "abc");
    CHECK(shorten("aé", 2) == "a");
    CHECK(shorten("a\xE2\x82\xAC", 3) == "a");
    CHECK(shorten("\xF0\x9F\x98\x80", 3).empty());
    CHECK(shorten("\x80\x80\x80\x80\x80\x80", 5).size() <= 5);
}
