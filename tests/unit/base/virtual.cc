#include "base/virtual.hh"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace flowrun;

namespace {

void sleep(World& world, Duration duration) {
    std::mutex mutex;
    Condition nobody;
    Time until = world.now() + duration;
    std::unique_lock lock(mutex);
    while (world.now() < until) world.wait(nobody, lock, until);
}

// The order in which three threads that are always ready get their turns.
std::string turns(std::uint64_t seed) {
    Virtual world(seed);
    std::string order;
    {
        std::vector<World::Thread> threads;
        for (char name : {'a', 'b', 'c'}) {
            threads.push_back(world.start("turns", [&world, &order, name] {
                for (int i = 0; i < 10; ++i) {
                    order += name;
                    world.step();
                }
            }));
        }
    }
    return order;
}

}  // namespace

TEST_CASE("virtual time stands still while anyone can run, and then jumps to what is next") {
    Virtual world(1);
    Time begun = world.now();
    for (int i = 0; i < 100; ++i) world.step();
    CHECK(world.now() == begun);
    std::vector<std::pair<Duration, char>> seen;
    auto sleeper = [&](char name, Duration duration) {
        return world.start("sleeper", [&, name, duration] {
            sleep(world, duration);
            seen.emplace_back(world.now() - begun, name);
        });
    };
    { World::Thread a = sleeper('a', 3600 * second), b = sleeper('b', second), c = sleeper('c', 60 * second); }
    CHECK(seen == std::vector<std::pair<Duration, char>>{{second, 'b'}, {60 * second, 'c'}, {3600 * second, 'a'}});
    CHECK(world.now() - begun == 3600 * second);
    CHECK(world.wall() - world.now() == 1'767'225'600'000'000'000);
}

TEST_CASE("a seed replays its run exactly, and other seeds try other orders") {
    std::set<std::string> orders;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        std::string order = turns(seed);
        REQUIRE(order.size() == 30);
        REQUIRE(turns(seed) == order);
        orders.insert(order);
    }
    CHECK(orders.size() >= 40);
}

TEST_CASE("timers run in the order of their times, and a cancelled one does not") {
    Virtual world(3);
    Time begun = world.now();
    std::vector<std::pair<int, Time>> ran;
    auto at = [&](int name, Duration in) {
        return world.at(begun + in, [&, name] { ran.emplace_back(name, world.now() - begun); });
    };
    at(3, 30 * millisecond);
    at(1, 10 * millisecond);
    World::TimerId second_one = at(2, 20 * millisecond);
    World::TimerId first = at(0, 0);
    CHECK(world.cancel(second_one));
    CHECK_FALSE(world.cancel(second_one));
    sleep(world, second);
    CHECK(ran == std::vector<std::pair<int, Time>>{{0, 0}, {1, 10 * millisecond}, {3, 30 * millisecond}});
    CHECK_FALSE(world.cancel(first));
}

TEST_CASE("those who wait are woken in the order in which they came, one or all") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        CAPTURE(seed);
        Virtual world(seed);
        std::mutex mutex;
        Condition condition;
        std::vector<int> came, woken;
        std::vector<World::Thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.push_back(world.start("waiter", [&, i] {
                std::unique_lock lock(mutex);
                came.push_back(i);
                REQUIRE(world.wait(condition, lock, never));
                woken.push_back(i);
            }));
        }
        sleep(world, millisecond);
        REQUIRE(came.size() == 4);
        for (std::size_t i = 0; i < 2; ++i) {
            world.wake_one(condition);
            sleep(world, millisecond);
            REQUIRE(woken.size() == i + 1);
            REQUIRE(woken[i] == came[i]);
        }
        world.wake_all(condition);
        threads.clear();
        REQUIRE(woken.size() == 4);
        world.wake_one(condition);  // nobody: nothing is kept for later
        std::unique_lock lock(mutex);
        REQUIRE_FALSE(world.wait(condition, lock, world.now() + second));
    }
}

TEST_CASE("a wait that is woken in time has not timed out") {
    Virtual world(1);
    std::mutex mutex;
    Condition condition;
    Time begun = world.now();
    world.at(begun + second, [&] { world.wake_all(condition); });
    std::unique_lock lock(mutex);
    CHECK(world.wait(condition, lock, begun + 2 * second));
    CHECK(world.now() - begun == second);
    CHECK_FALSE(world.wait(condition, lock, begun + 2 * second));
    CHECK(world.now() - begun == 2 * second);
    CHECK_FALSE(world.wait(condition, lock, begun));
}
