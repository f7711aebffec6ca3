#include "base/timer_queue.hh"

#include <map>
#include <random>
#include <utility>

#include <catch2/catch.hpp>

using flowrun::Time;
using flowrun::TimerQueue;

TEST_CASE("jobs come out by time, those of one time in the order they were put in", "[base]") {
    TimerQueue alarms;
    std::vector<int> ran;
    for (auto [when, name] : {std::pair(30, 1), {10, 2}, {20, 3}, {10, 4}, {30, 5}}) {
        alarms.add(when, [&ran, name = name] { ran.push_back(name); });
    }
    while (alarms.first() != flowrun::never) alarms.take_first()();
    REQUIRE(ran == std::vector{2, 4, 3, 1, 5});
}

TEST_CASE("an id that was taken or removed is not taken for the next one in its place", "[base]") {
    TimerQueue alarms;
    auto first = alarms.add(1, [] {});
    REQUIRE(first != 0);
    REQUIRE(alarms.remove(first));
    auto second = alarms.add(1, [] {});
    REQUIRE(second != first);
    REQUIRE_FALSE(alarms.remove(first));
    alarms.take_first();
    REQUIRE_FALSE(alarms.remove(second));
    REQUIRE_FALSE(alarms.remove(0));
    REQUIRE_FALSE(alarms.remove(~std::uint64_t{0}));
    REQUIRE(alarms.first() == flowrun::never);
}

TEST_CASE("agree with an ordered map however they are added, removed and taken", "[base]") {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random(seed);
        TimerQueue alarms;
        std::map<std::pair<Time, int>, flowrun::World::TimerId> model;
        int added = 0, ran = -1;
        for (int step = 0; step < 2000; ++step) {
            unsigned what = random() % 8;
            if (what < 4) {
                Time when = random() % 100;
                int name = added++;
                model[{when, name}] = alarms.add(when, [&ran, name] { ran = name; });
            } else if (what < 6 && !model.empty()) {
                auto at = std::next(model.begin(), random() % model.size());
                REQUIRE(alarms.remove(at->second));
                REQUIRE_FALSE(alarms.remove(at->second));
                model.erase(at);
            } else if (!model.empty()) {
                REQUIRE(alarms.first() == model.begin()->first.first);
                alarms.take_first()();
                REQUIRE(ran == model.begin()->first.second);
                model.erase(model.begin());
            }
            REQUIRE(alarms.first() == (model.empty() ? flowrun::never : model.begin()->first.first));
        }
    }
}
