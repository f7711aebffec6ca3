// The order of what has left a queue and waits to be delivered.
#include "engine/edge/keyed_queue.hh"

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace flowrun;
using namespace flowrun::engine;

namespace {

QueuedMessage message(std::uint64_t number, const std::string& key = {}) {
    QueuedMessage m;
    m.item.meta.number = number;
    m.item.queued = static_cast<Time>(number * 10);
    if (!key.empty()) {
        m.item.meta.text = std::make_unique<queue::MetaText>();
        m.item.meta.text->key = key;
    }
    return m;
}

// A queue, and what it has given out.
struct Desk {
    explicit Desk(flow::Order order) : queue(order) {}
    void put(const std::string& keys) {
        for (const char key : keys) queue.put(message(++put_, key == '-' ? "" : std::string(1, key)));
    }
    std::vector<std::uint64_t> take(std::uint64_t n) {
        std::vector<QueuedMessage> taken;
        queue.take(n, taken);
        std::vector<std::uint64_t> numbers;
        for (QueuedMessage& m : taken) {
            numbers.push_back(m.item.meta.number);
            out.emplace(m.item.meta.number, std::move(m));
        }
        return numbers;
    }
    void done(std::uint64_t number) {
        queue.done(out.at(number));
        out.erase(number);
    }
    std::uint64_t drop() {
        const auto dropped = queue.drop_oldest();
        return dropped ? dropped->item.meta.number : 0;
    }
    KeyedQueue queue;
    std::map<std::uint64_t, QueuedMessage> out;

private:
    std::uint64_t put_ = 0;
};

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("In order one delivery is out, and the next goes when it is done") {
    Desk desk(flow::Order::fifo);
    desk.put("abc");  // keys count for nothing
    CHECK(desk.queue.ready() == 3);
    CHECK(desk.take(1) == Numbers{1});
    CHECK(desk.queue.ready() == 0);
    CHECK(desk.queue.size() == 2);
    CHECK(desk.take(1).empty());
    desk.put("d");
    CHECK(desk.queue.ready() == 0);
    desk.done(1);
    CHECK(desk.queue.ready() == 3);
    CHECK(desk.take(9) == Numbers{2, 3, 4});
    desk.done(3);
    desk.put("e");
    CHECK(desk.queue.ready() == 0);  // the batch is out as one
    desk.done(2);
    CHECK(desk.queue.ready() == 0);
    desk.done(4);
    CHECK(desk.take(9) == Numbers{5});
}

TEST_CASE("By key one delivery of a key is out, and other keys go on beside it") {
    Desk desk(flow::Order::by_key);
    desk.put("aabac");
    CHECK(desk.queue.ready() == 5);
    CHECK(desk.take(1) == Numbers{1});
    CHECK(desk.queue.ready() == 2);  // the other messages of `a` wait for it
    CHECK(desk.take(1) == Numbers{3});
    CHECK(desk.take(5) == Numbers{5});
    CHECK(desk.take(5).empty());
    CHECK(desk.queue.size() == 2);
    desk.done(3);
    CHECK(desk.queue.ready() == 0);
    desk.put("b");
    CHECK(desk.queue.ready() == 1);
    desk.done(1);
    CHECK(desk.queue.ready() == 3);
    CHECK(desk.take(9) == Numbers{6, 2, 4});
    CHECK(desk.queue.size() == 0);
}

TEST_CASE("A batch takes of one key what it has, and then of the next") {
    Desk desk(flow::Order::by_key);
    desk.put("abab");
    CHECK(desk.take(3) == Numbers{1, 3, 2});
    CHECK(desk.queue.ready() == 0);  // the other of `b` waits for the first
    desk.done(1);
    CHECK(desk.queue.ready() == 0);
    desk.done(2);
    CHECK(desk.queue.ready() == 1);
    desk.done(3);
    CHECK(desk.take(3) == Numbers{4});
}

TEST_CASE("Messages without a key are of one key") {
    Desk desk(flow::Order::by_key);
    desk.put("--a");
    CHECK(desk.take(1) == Numbers{1});
    CHECK(desk.take(2) == Numbers{3});
    desk.done(1);
    CHECK(desk.take(2) == Numbers{2});
}

TEST_CASE("Without an order any number is out, oldest first") {
    Desk desk(flow::Order::none);
    desk.put("aaaa");
    CHECK(desk.take(1) == Numbers{1});
    CHECK(desk.queue.ready() == 3);
    CHECK(desk.take(2) == Numbers{2, 3});
    desk.done(2);
    CHECK(desk.take(9) == Numbers{4});
    CHECK(desk.queue.ready() == 0);
}

TEST_CASE("The oldest of what is ready is known, for a batch that lingers") {
    for (const flow::Order order : {flow::Order::none, flow::Order::fifo, flow::Order::by_key}) {
        Desk desk(order);
        CHECK(desk.queue.oldest() == never);
        desk.put("abb");
        CHECK(desk.queue.oldest() == 10);
        desk.take(1);
        CHECK(desk.queue.oldest() == (order == flow::Order::fifo ? never : 20));
    }
}

TEST_CASE("The oldest of those that wait is dropped, and not one that is out") {
    for (const flow::Order order : {flow::Order::none, flow::Order::fifo, flow::Order::by_key}) {
        CAPTURE(static_cast<int>(order));
        Desk desk(order);
        CHECK(desk.drop() == 0);
        desk.put("aabb");
        REQUIRE(desk.take(1) == Numbers{1});
        CHECK(desk.drop() == 2);
        CHECK(desk.queue.size() == 2);
        CHECK(desk.queue.ready() == (order == flow::Order::fifo ? 0 : 2));
        desk.done(1);
        CHECK(desk.queue.ready() == 2);
        CHECK(desk.drop() == 3);
        CHECK(desk.take(9) == Numbers{4});
        CHECK(desk.drop() == 0);
        desk.done(4);
        desk.put("b");
        CHECK(desk.take(9) == Numbers{5});
    }
}

TEST_CASE("A key of which all that waited was dropped is free again") {
    Desk desk(flow::Order::by_key);
    desk.put("ab");
    CHECK(desk.drop() == 1);
    CHECK(desk.queue.ready() == 1);
    desk.put("a");
    CHECK(desk.take(9) == Numbers{2, 3});
}

TEST_CASE("Whatever is put, taken, done and dropped: each message once, and never two of a key") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        std::mt19937_64 random(seed);
        const bool by_key = seed % 2 == 0;
        Desk desk(by_key ? flow::Order::by_key : flow::Order::fifo);
        std::map<std::string, std::uint64_t> newest;  // of a key, that went
        std::set<std::uint64_t> gone;
        std::uint64_t put = 0;
        for (int i = 0; i < 400; ++i) {
            switch (random() % 4) {
                case 0:
                    desk.put(std::string(1, static_cast<char>('a' + random() % 4)));
                    ++put;
                    break;
                case 1: {
                    const std::uint64_t ready = desk.queue.ready();
                    const auto taken = desk.take(1);
                    REQUIRE(taken.size() == std::min<std::uint64_t>(ready, 1));
                    for (const std::uint64_t n : taken) {
                        const std::string key = by_key ? desk.out.at(n).item.meta.key() : "";
                        REQUIRE(newest[key] < n);
                        newest[key] = n;
                        REQUIRE(gone.insert(n).second);
                        std::uint64_t of_key = 0;
                        for (const auto& [other, m] : desk.out) of_key += !by_key || m.item.meta.key() == key ? 1 : 0;
                        REQUIRE(of_key == 1);
                    }
                    break;
                }
                case 2:
                    if (!desk.out.empty()) desk.done(desk.out.begin()->first);
                    break;
                default:
                    if (random() % 4 != 0) break;
                    if (const std::uint64_t dropped = desk.drop(); dropped != 0) REQUIRE(gone.insert(dropped).second);
            }
            REQUIRE(desk.queue.size() == put - gone.size());
            REQUIRE(desk.queue.ready() <= desk.queue.size());
        }
        for (;;) {
            while (!desk.out.empty()) desk.done(desk.out.begin()->first);
            const auto taken = desk.take(1);
            if (taken.empty()) break;
            REQUIRE(gone.insert(taken.front()).second);
        }
        REQUIRE(gone.size() == put);
        REQUIRE(desk.queue.size() == 0);
    }
}
