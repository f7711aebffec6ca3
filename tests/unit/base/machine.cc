#include "base/machine.hh"

#include <atomic>
#include <utility>
#include <vector>

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace flowrun;

namespace {

// What a job on the timer thread tells a test that waits for it.
struct Bell {
    explicit Bell(World& of) : world(of) {}
    void ring() {
        std::scoped_lock lock(mutex);
        ++rung;
        world.wake_all(condition);
    }
    // False: it has not been rung so often within two seconds.
    bool heard(int times) {
        Time until = world.now() + 2 * second;
        std::unique_lock lock(mutex);
        while (rung < times && world.now() < until) world.wait(condition, lock, until);
        return rung >= times;
    }
    World& world;
    std::mutex mutex;
    Condition condition;
    int rung = 0;
};

}  // namespace

TEST_CASE("a timer of the machine runs once, not before its time, in the order of the times") {
    Machine world;
    Bell bell(world);
    std::mutex mutex;
    std::vector<int> order;
    Time begun = world.now();
    std::atomic<bool> early{false};
    for (int i : {3, 1, 2}) {
        Time when = begun + i * 20 * millisecond;
        world.at(when, [&, i, when] {
            if (world.now() < when) early = true;
            {
                std::scoped_lock lock(mutex);
                order.push_back(i);
            }
            bell.ring();
        });
    }
    REQUIRE(bell.heard(3));
    CHECK_FALSE(early);
    CHECK(order == std::vector<int>{1, 2, 3});
    CHECK(world.now() - begun >= 60 * millisecond);
}

TEST_CASE("a timer that is cancelled does not run; one that has run is not cancelled") {
    Machine world;
    Bell bell(world);
    std::atomic<bool> ran{false};
    World::TimerId late = world.at(world.now() + 30 * millisecond, [&] { ran = true; });
    World::TimerId soon = world.at(world.now(), [&] { bell.ring(); });
    CHECK(world.cancel(late));
    CHECK_FALSE(world.cancel(late));
    REQUIRE(bell.heard(1));
    CHECK_FALSE(world.cancel(soon));
    world.at(world.now() + 60 * millisecond, [&] { bell.ring(); });
    REQUIRE(bell.heard(2));
    CHECK_FALSE(ran);
}

TEST_CASE("a descriptor is watched until it can be read, once") {
    Machine world;
    Bell bell(world);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    world.watch(ends[0], false, [&] { bell.ring(); });
    world.at(world.now() + 20 * millisecond, [&] { REQUIRE(::write(ends[1], "x", 1) == 1); });
    Time begun = world.now();
    REQUIRE(bell.heard(1));
    CHECK(world.now() - begun >= 20 * millisecond);
    CHECK(bell.rung == 1);
    SECTION("it can be written at once") {
        world.watch(ends[1], true, [&] { bell.ring(); });
        CHECK(bell.heard(2));
    }
    SECTION("a broken one is ready") {
        char byte = 0;
        REQUIRE(::read(ends[0], &byte, 1) == 1);
        world.watch(ends[0], false, [&] { bell.ring(); });
        ::close(std::exchange(ends[1], -1));
        CHECK(bell.heard(2));
    }
    SECTION("what is no longer watched is not told of") {
        char byte = 0;
        REQUIRE(::read(ends[0], &byte, 1) == 1);
        World::WatchId id = world.watch(ends[0], false, [&] { bell.ring(); });
        CHECK(world.unwatch(id));
        CHECK_FALSE(world.unwatch(id));
        REQUIRE(::write(ends[1], "x", 1) == 1);
        world.at(world.now() + 30 * millisecond, [&] { bell.ring(); });
        CHECK(bell.heard(2));
        CHECK(bell.rung == 2);
    }
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
}

TEST_CASE("a wait of the machine ends when it is woken, or when its time has come") {
    Machine world;
    std::mutex mutex;
    Condition condition;
    bool woken = false;
    World::Thread thread = world.start("waiter", [&] {
        std::unique_lock lock(mutex);
        while (!woken) world.wait(condition, lock, never);
    });
    {
        std::scoped_lock lock(mutex);
        woken = true;
        world.wake_one(condition);
    }
    thread.join();
    CHECK_FALSE(thread);
    Time begun = world.now();
    std::unique_lock lock(mutex);
    while (world.wait(condition, lock, begun + 20 * millisecond)) {}
    CHECK(world.now() - begun >= 20 * millisecond);
}

TEST_CASE("jobs that have not begun are forgotten with the machine") {
    std::atomic<bool> ran{false};
    {
        Machine world;
        world.at(world.now() + 3600 * second, [&] { ran = true; });
    }
    CHECK_FALSE(ran);
}
