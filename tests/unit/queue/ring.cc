#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "queue/ring.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::queue;

namespace {

Item item(std::uint64_t number) {
    Item made;
    made.body = *value::parse("\"x\"");
    made.meta.number = number;
    made.meta.text = std::make_unique<MetaText>(MetaText{std::to_string(number), {}, {}});
    return made;
}
std::vector<std::uint64_t> take(Ring& ring, std::size_t n) {
    std::vector<Item> items(n);
    items.resize(ring.take(items.data(), n));
    std::vector<std::uint64_t> numbers;
    for (const Item& one : items) numbers.push_back(one.meta.number);
    return numbers;
}
using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a ring gives what was put into it, in order, as often as it goes round") {
    for (std::uint64_t places : {1u, 3u, 8u}) {
        Ring ring(places);
        for (std::uint64_t number = 0; number < 50; number += places) {
            CHECK(ring.empty());
            Numbers put;
            for (std::uint64_t i = 0; i < places; ++i) {
                ring.place(item(number + i));
                put.push_back(number + i);
            }
            CHECK(ring.size() == places);
            CHECK(take(ring, 100) == put);
            CHECK(take(ring, 1).empty());
        }
    }
}

TEST_CASE("what is left in a ring is let go with it") {
    Ring ring(4);
    for (std::uint64_t number : {1u, 2u, 3u}) ring.place(item(number));
    CHECK(take(ring, 1) == Numbers{1});
}

TEST_CASE("a ring is a queue that holds at once, and forgets what it gave") {
    Ring ring(2);
    Item one = item(7);
    CHECK(ring.push(one, 1) == Queue::Pushed::held);
    CHECK(ring.depth().messages == 1);
    CHECK(ring.forgets());
    CHECK(take(ring, 2) == Numbers{7});
}

TEST_CASE("threads on both sides of a ring lose nothing, double nothing, and keep the order") {
    constexpr std::uint64_t count = 200'000;
    Ring ring(16);
    std::thread producer([&] {
        for (std::uint64_t number = 0; number < count; ++number) {
            while (ring.size() == 16) std::this_thread::yield();
            ring.place(item(number));
        }
    });
    std::uint64_t expected = 0;
    Item taken;
    while (expected < count) {
        if (!ring.take_one(taken)) {
            std::this_thread::yield();
            continue;
        }
        if (taken.meta.number != expected) break;
        ++expected;
    }
    producer.join();
    CHECK(expected == count);
}
