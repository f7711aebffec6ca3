#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "queue/ring.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::queue;

namespace {

Item item(std::uint64_t number, std::size_t size = 0) {
    Item made;
    made.body = *value::parse("\"" + std::string(size, 'x') + "\"");
    made.meta.number = number;
    return made;
}
bool push(Ring& ring, std::uint64_t number, std::size_t size = 0) {
    Item one = item(number, size);
    return ring.push(&one, 1) == 1;
}
// The numbers of what could be taken.
std::vector<std::uint64_t> take(Ring& ring, std::size_t n, bool held = false) {
    std::vector<Item> items(n);
    items.resize(held ? ring.take_held(items.data(), n) : ring.take(items.data(), n));
    std::vector<std::uint64_t> numbers;
    for (const Item& one : items) numbers.push_back(one.meta.number);
    return numbers;
}
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a ring holds so many messages and no more, in order") {
    // Bounds that are no power of two as well.
    for (std::uint64_t bound : {1, 2, 3, 5, 8, 1000}) {
        CAPTURE(bound);
        Ring ring({.messages = bound});
        for (std::uint64_t i = 0; i < bound; ++i) REQUIRE(push(ring, i));
        CHECK(ring.full());
        CHECK(ring.room() == 0);
        CHECK_FALSE(push(ring, bound));
        CHECK(ring.queued() == bound);
        CHECK(take(ring, 1) == Numbers{0});
        CHECK_FALSE(ring.full());
        CHECK(ring.room() == 1);
        CHECK(push(ring, bound));
        Numbers rest = take(ring, 2 * bound);
        REQUIRE(rest.size() == bound);
        for (std::uint64_t i = 0; i < bound; ++i) CHECK(rest[i] == i + 1);
        CHECK(ring.empty());
        CHECK(take(ring, 1) == Numbers{});
    }
}

TEST_CASE("what a full ring refuses is left with who pushes it") {
    Ring ring({.messages = 3});
    std::vector<Item> items;
    for (std::uint64_t i = 0; i < 5; ++i) items.push_back(item(i));
    CHECK(ring.push(items.data(), 5) == 3);
    CHECK(items[3].meta.number == 3);
    CHECK(items[3].body.get() != nullptr);
    CHECK(take(ring, 5) == Numbers{0, 1, 2});
    CHECK(ring.push(items.data() + 3, 2) == 2);
    CHECK(take(ring, 5) == Numbers{3, 4});
}

TEST_CASE("bytes are bounded as well, and one message that is larger than the bound goes alone") {
    const std::uint64_t one = item(0, 1000).body.footprint();
    Ring ring({.messages = 100, .bytes = 3 * one + one / 2});
    CHECK(push(ring, 0, 1000));
    CHECK(push(ring, 1, 1000));
    CHECK(push(ring, 2, 1000));
    CHECK(ring.depth().messages == 3);
    CHECK(ring.depth().bytes == 3 * one);
    CHECK_FALSE(push(ring, 3, 1000));
    CHECK_FALSE(push(ring, 4, 100'000));
    take(ring, 2);
    CHECK_FALSE(push(ring, 4, 100'000));  // not beside another
    take(ring, 1);
    CHECK(push(ring, 4, 100'000));
    CHECK(ring.full());
    CHECK_FALSE(push(ring, 5));
    CHECK(take(ring, 9) == Numbers{4});
    CHECK(ring.depth().bytes == 0);
    CHECK(push(ring, 6));
}

TEST_CASE("what is held counts against both bounds, and cannot be taken") {
    Ring ring({.messages = 3});
    for (std::uint64_t i = 0; i < 3; ++i) REQUIRE(push(ring, i));
    const std::uint64_t bytes = ring.depth().bytes;
    CHECK(take(ring, 2, true) == Numbers{0, 1});
    CHECK(ring.queued() == 1);
    CHECK(ring.depth().messages == 3);
    CHECK(ring.depth().bytes == bytes);
    CHECK(ring.full());
    CHECK_FALSE(push(ring, 3));
    ring.unhold(1, bytes / 3);
    CHECK(push(ring, 3));
    CHECK_FALSE(push(ring, 4));
    ring.hold(1, bytes / 3);  // one that comes back is let in beyond the bound
    CHECK(ring.room() == 0);
    ring.unhold(2, 2 * (bytes / 3));
    CHECK(take(ring, 9) == Numbers{2, 3});
    CHECK(ring.depth().messages == 0);
    CHECK(ring.depth().bytes == 0);
}

TEST_CASE("a ring goes round many times and forgets nothing") {
    Ring ring({.messages = 7});
    std::uint64_t pushed = 0, taken = 0;
    for (int round = 0; round < 10'000; ++round) {
        for (int i = 0; i < round % 9; ++i) pushed += push(ring, pushed);
        for (std::uint64_t number : take(ring, static_cast<std::size_t>(round % 8))) REQUIRE(number == taken++);
        REQUIRE(ring.queued() == pushed - taken);
    }
    CHECK(taken > 10'000);
}

TEST_CASE("what is left in a ring is let go with it") {
    value::Value kept = *value::parse("[1,2,3]");
    {
        Ring ring({.messages = 4});
        Item one;
        one.body = kept;
        REQUIRE(ring.push(&one, 1) == 1);
    }
    CHECK(value::to_json(*kept.get()) == "[1,2,3]");
}

TEST_CASE("threads on both sides lose nothing, double nothing, and keep the order of each") {
    constexpr std::uint64_t each = 20'000;
    for (unsigned producers : {1u, 3u}) {
        for (unsigned takers : {1u, 2u}) {
            CAPTURE(producers, takers);
            Ring ring({.messages = 16});
            if (producers == 1) ring.one_producer();
            if (takers == 1) ring.one_taker();
            std::vector<std::vector<std::uint64_t>> got(takers);
            std::atomic<std::uint64_t> left{producers * each};
            std::atomic<bool> beyond{false};
            {
                std::vector<std::jthread> threads;
                for (unsigned p = 0; p < producers; ++p) {
                    threads.emplace_back([&, p] {
                        for (std::uint64_t i = 0; i < each; ++i) {
                            while (!push(ring, p * each + i)) std::this_thread::yield();
                        }
                    });
                }
                for (unsigned t = 0; t < takers; ++t) {
                    threads.emplace_back([&, t] {
                        while (left.load() != 0) {
                            if (ring.queued() > 16) beyond = true;
                            Numbers numbers = take(ring, 5);
                            left -= numbers.size();
                            got[t].insert(got[t].end(), numbers.begin(), numbers.end());
                            if (numbers.empty()) std::this_thread::yield();
                        }
                    });
                }
            }
            CHECK_FALSE(beyond);
            std::vector<int> seen(producers * each);
            for (const auto& numbers : got) {
                std::vector<std::uint64_t> next(producers);
                for (std::uint64_t number : numbers) {
                    ++seen[number];
                    REQUIRE(number % each >= next[number / each]);
                    next[number / each] = number % each;
                }
            }
            CHECK(std::count(seen.begin(), seen.end(), 1) == static_cast<std::ptrdiff_t>(producers * each));
            CHECK(ring.depth().messages == 0);
            CHECK(ring.depth().bytes == 0);
        }
    }
}
