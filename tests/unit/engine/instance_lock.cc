// One call at a time in each instance, by itself: in simulated time, so that every order of events can be had.
#include "engine/room/instance_lock.hh"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "engine/schedule/threads.hh"
#include "engine/schedule/watchdog.hh"
#include "seeds.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

constexpr std::uint32_t none = InstanceLock::none;
constexpr Duration patience = second;

// A lock, and threads that want in.
class Scene {
public:
    explicit Scene(std::uint32_t instances, std::uint64_t seed = 1)
        : world(seed,
                [seed] {
                    fmt::print(stderr, "somebody waits for an instance for ever with seed {}\n", seed);
                    std::_Exit(3);
                }),
          lock(instances), watchdog_(world, threads_),
          scheduler(world, watchdog_, 1, {[this]() -> Thread& { return make(); }, [](Thread&) {}}) {}
    ~Scene() {
        watchdog_.stop();
        scheduler.stop(false);
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    Thread& make() { return threads_.add(std::make_unique<Thread>(world)); }
    std::uint32_t enter(Thread& thread, Time until = never, std::uint32_t wanted = none) {
        return lock.enter(thread, scheduler, until, wanted);
    }
    World::Thread start(std::function<void()> job) { return world.start("one", std::move(job)); }
    Time time() { return world.now() - begun_; }  // since the scene began
    void pause(Duration d) {
        std::mutex mutex;
        Condition nobody;
        std::unique_lock waiting(mutex);
        const Time until = after(world.now(), d);
        while (world.now() < until) world.wait(nobody, waiting, until);
    }

    Virtual world;
    InstanceLock lock;

private:
    const Time begun_ = world.now();
    Threads threads_;
    Watchdog watchdog_;

public:
    Scheduler scheduler;
};

}  // namespace

TEST_CASE("Each instance lets one in, and the next when he has left") {
    Scene scene(2);
    Thread& self = scene.make();
    CHECK(scene.lock.busy() == 0);
    CHECK(scene.enter(self) == 0);
    CHECK(scene.enter(self) == 1);
    CHECK(scene.lock.busy() == 2);
    CHECK(scene.enter(self, scene.world.now() + millisecond) == none);
    scene.lock.leave(1);
    CHECK(scene.enter(self) == 1);
    scene.lock.leave(0);
    CHECK(scene.enter(self) == 0);
    scene.lock.leave(0);
    scene.lock.leave(1);
    CHECK(scene.lock.busy() == 0);
}

TEST_CASE("Who wants a certain instance gets that one, though others are free") {
    Scene scene(3);
    Thread& self = scene.make();
    Thread& other = scene.make();
    REQUIRE(scene.enter(self, never, 1) == 1);
    CHECK(scene.enter(self, scene.world.now() + millisecond, 1) == none);
    std::uint32_t got = none;
    Time when = 0;
    {
        auto pinned = scene.start([&] {
            got = scene.enter(other, never, 1);
            when = scene.time();
        });
        scene.pause(millisecond);
        CHECK(scene.enter(self) == 0);
        scene.lock.leave(0);  // not what he waits for
        scene.pause(millisecond);
        CHECK(got == none);
        scene.lock.leave(1);
    }
    CHECK(got == 1);
    CHECK(when == 3 * millisecond);
    CHECK(scene.lock.busy() == 1);
}

TEST_CASE("One who waits for any instance is not woken for one that another has to have") {
    Scene scene(2);
    Thread& self = scene.make();
    Thread& first = scene.make();
    Thread& second = scene.make();
    REQUIRE(scene.enter(self) == 0);
    REQUIRE(scene.enter(self) == 1);
    std::uint32_t pinned = none, any = none;
    {
        auto one = scene.start([&] { pinned = scene.enter(first, never, 0); });
        scene.pause(millisecond);
        auto two = scene.start([&] { any = scene.enter(second); });
        scene.pause(millisecond);
        scene.lock.leave(1);
        scene.pause(millisecond);
        CHECK(any == 1);
        CHECK(pinned == none);
        scene.lock.leave(0);
    }
    CHECK(pinned == 0);
}

TEST_CASE("Of two instances that are left at once each wakes one, and the one that it was left for") {
    Scene scene(2);
    Thread& self = scene.make();
    Thread& first = scene.make();
    Thread& second = scene.make();
    std::uint32_t any = none, pinned = none;
    Time when = 0;
    REQUIRE(scene.enter(self) == 0);
    REQUIRE(scene.enter(self) == 1);
    {
        auto one = scene.start([&] { any = scene.enter(first); });
        scene.pause(millisecond);
        auto two = scene.start([&] {
            pinned = scene.enter(second, scene.world.now() + patience, 1);
            when = scene.time();
        });
        scene.pause(millisecond);
        scene.lock.leave(0);
        scene.lock.leave(1);
        scene.pause(millisecond);
    }
    CHECK(any == 0);
    CHECK(pinned == 1);
    CHECK(when == 2 * millisecond);
}

TEST_CASE("Who was woken and came too late has it handed to him by the next who leaves") {
    Scene scene(1);
    Thread& self = scene.make();
    Thread& other = scene.make();
    std::string order;
    {
        REQUIRE(scene.enter(self) == 0);
        auto waiting = scene.start([&] {
            REQUIRE(scene.enter(other) == 0);
            order += "other";
            scene.pause(millisecond);
            scene.lock.leave(0);
        });
        scene.pause(millisecond);
        // Who comes by goes first, once.
        scene.lock.leave(0);
        REQUIRE(scene.enter(self) == 0);
        scene.pause(millisecond);
        CHECK(order.empty());
        scene.lock.leave(0);
        CHECK(scene.lock.busy() == 1);  // handed on, though the other has not run yet
        REQUIRE(scene.enter(self) == 0);
        order += " self";
        scene.lock.leave(0);
    }
    CHECK(order == "other self");
}

TEST_CASE("Those who wait get in one after another, in the order in which they came") {
    Scene scene(1);
    Thread& self = scene.make();
    std::vector<int> order;
    REQUIRE(scene.enter(self) == 0);
    {
        std::vector<World::Thread> waiting;
        for (int i = 0; i < 6; ++i) {
            waiting.push_back(scene.start([&scene, &order, i] {
                REQUIRE(scene.enter(scene.make()) == 0);
                order.push_back(i);
                scene.pause(millisecond);
                scene.lock.leave(0);
            }));
            scene.pause(millisecond);
        }
        scene.lock.leave(0);
    }
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("A wait ends with the deadline, of the thread or of the call, and not before") {
    Scene scene(1);
    Thread& self = scene.make();
    Thread& other = scene.make();
    REQUIRE(scene.enter(self) == 0);
    CHECK(scene.enter(other, scene.world.now() + 5 * millisecond) == none);
    CHECK(scene.time() == 5 * millisecond);
    other.set_deadline(scene.world.now() + 7 * millisecond, 7 * millisecond);
    CHECK(scene.enter(other) == none);
    CHECK(scene.time() == 12 * millisecond);
    CHECK(scene.enter(other, scene.world.now() + second) == none);
    CHECK(scene.time() == 12 * millisecond);
    scene.lock.leave(0);
    CHECK(scene.enter(other) == 0);  // nobody has to wait
}

TEST_CASE("A wait ends when the run does, or when the caller has given the call up") {
    for (const bool cancelled : {true, false}) {
        CAPTURE(cancelled);
        Scene scene(1);
        Thread& self = scene.make();
        Thread& other = scene.make();
        std::uint32_t got = 0;
        Time when = 0;
        REQUIRE(scene.enter(self) == 0);
        {
            auto waiting = scene.start([&] {
                got = scene.enter(other);
                when = scene.time();
            });
            scene.pause(3 * millisecond);
            other.interrupt_now(cancelled ? other.cancelled : other.abandoned);
        }
        CHECK(got == none);
        CHECK(when == 3 * millisecond);
        // Nothing was kept for him.
        scene.lock.leave(0);
        CHECK(scene.lock.busy() == 0);
        CHECK(scene.enter(self) == 0);
    }
}

TEST_CASE("What was handed to one whose time is up at that moment is his all the same, and not lost") {
    Scene scene(1);
    Thread& self = scene.make();
    Thread& other = scene.make();
    std::uint32_t got = none;
    REQUIRE(scene.enter(self) == 0);
    {
        auto waiting = scene.start([&] { got = scene.enter(other); });
        scene.pause(millisecond);
        scene.lock.leave(0);
        REQUIRE(scene.enter(self) == 0);
        scene.pause(millisecond);  // the other finds it taken
        scene.lock.leave(0);       // and has it handed to him
        other.interrupt_now(other.cancelled);
    }
    CHECK(got == 0);
    CHECK(scene.lock.busy() == 1);
    scene.lock.leave(0);
    CHECK(scene.enter(self) == 0);
}

TEST_CASE("Never two in one instance, nobody for ever outside, whatever happens to those who wait") {
    for (const std::uint64_t seed : seeds()) {
        const auto instances = static_cast<std::uint32_t>(1 + seed % 3);
        Scene scene(instances, seed);
        std::vector<int> inside(instances);
        std::string wrong;
        int entered = 0, gave_up = 0;
        auto visit = [&](std::uint64_t number) {
            std::mt19937_64 random(seed * 100 + number);
            Thread& thread = scene.make();
            for (int i = 0; i < 12; ++i) {
                const std::uint32_t wanted =
                    random() % 3 == 0 ? static_cast<std::uint32_t>(random() % instances) : none;
                const Time until =
                    random() % 3 == 0 ? scene.world.now() + static_cast<Time>(random() % 4) * millisecond : never;
                scene.world.step();
                const std::uint32_t at = scene.enter(thread, until, wanted);
                if (at == none) {
                    ++gave_up;
                    if (until == never) wrong += "nobody gave it up; ";
                    continue;
                }
                ++entered;
                if (wanted != none && at != wanted) wrong += "another than wanted; ";
                if (++inside[at] != 1) wrong += "two in one; ";
                scene.world.step();
                if (random() % 2 == 0) scene.pause(static_cast<Duration>(random() % 3) * millisecond);
                --inside[at];
                scene.lock.leave(at);
                scene.world.step();
            }
        };
        {
            std::vector<World::Thread> visitors;
            for (std::uint64_t i = 0; i < 5; ++i) visitors.push_back(scene.start([&visit, i] { visit(i); }));
        }
        if (scene.lock.busy() != 0) wrong += "an instance stays taken; ";
        if (entered + gave_up != 60 || entered < 12) wrong += "too few got in; ";
        if (!wrong.empty()) FAIL("seed " << seed << ": " << wrong);
    }
}
