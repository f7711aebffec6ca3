#include "record.hh"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>

using namespace flowrun::sqlite;

namespace {

flowrun_queue_item item_of(std::int64_t number, std::string_view text) {
    flowrun_queue_item item{};
    item.body = item.key = item.error = item.traceparent = item.id = text_of(text);
    item.format = item.attempts = static_cast<std::uint32_t>(number);
    item.time = item.index = number;
    item.accepted = number / 2;
    item.total = -number;
    return item;
}

std::string sealed(const flowrun_queue_item& item, std::int64_t seq, std::int64_t due) {
    std::string record = write_record(item);
    put_sum(record, sum_of(record), seq, due);
    return record;
}

}  // namespace

TEST_CASE("a record gives back what it was made of") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min() + 1,
                   most = std::numeric_limits<std::int64_t>::max();
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{127}, std::int64_t{128}, least, most}) {
        for (const std::string& text : {std::string(), std::string("\0a\xff", 3), std::string(300, 'x')}) {
            const flowrun_queue_item item = item_of(number, text);
            const std::string record = sealed(item, 7, number);
            flowrun_queue_item back{};
            REQUIRE(sum_fits(record, 7, number));
            REQUIRE(read_record(record, back));
            CHECK(view_of(back.body) == text);
            CHECK(view_of(back.id) == text);
            CHECK(view_of(back.key) == text);
            CHECK(view_of(back.traceparent) == text);
            CHECK(view_of(back.error) == text);
            CHECK(back.format == item.format);
            CHECK(back.attempts == item.attempts);
            CHECK(back.time == item.time);
            CHECK(back.accepted == item.accepted);
            CHECK(back.index == item.index);
            CHECK(back.total == item.total);
        }
    }
}

TEST_CASE("each bit of a record, of its place and of its due time is a part of its sum") {
    const std::int64_t seq = 12, due = 1'700'000'000'000'000'000;
    const std::string whole = sealed(item_of(1'700'000'000'000'000'000, "a text"), seq, due);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string record = whole;
        record[bit / 8] = static_cast<char>(record[bit / 8] ^ (1 << (bit % 8)));
        CHECK_FALSE(sum_fits(record, seq, due));
    }
    for (unsigned bit = 0; bit < 63; ++bit) {
        CHECK_FALSE(sum_fits(whole, seq ^ (std::int64_t{1} << bit), due));
        CHECK_FALSE(sum_fits(whole, seq, due ^ (std::int64_t{1} << bit)));
    }
}

TEST_CASE("a record that is cut is none") {
    const std::string whole = sealed(item_of(3, "a text"), 1, 0);
    for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(sum_fits(whole.substr(0, size), 1, 0));
}

TEST_CASE("bytes that are no record are read without harm") {
    for (unsigned fill = 0; fill < 256; ++fill) {
        for (std::size_t size = 0; size < 64; ++size) {
            const std::string noise(size, static_cast<char>(fill));
            flowrun_queue_item back{};
            static_cast<void>(read_record(noise, back));
            CHECK(back.body.size <= size);
        }
    }
}
