// The in-flight count of a part by itself.
#include "engine/room/in_flight.hh"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace flowrun::engine;

namespace {

// Waits for something with the machine's patience.
class Signal {
public:
    void give() {
        const std::scoped_lock lock(mutex_);
        given_ = true;
        condition_.notify_all();
    }
    bool wait() {
        std::unique_lock lock(mutex_);
        return condition_.wait_for(lock, std::chrono::seconds(20), [&] { return given_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable condition_;
    bool given_ = false;
};

}  // namespace

TEST_CASE("A part is empty when as much has left as has come, whichever gauge counts it") {
    InFlight part;
    InFlight::Gauge first(part), second(part);
    CHECK(part.empty());
    part.enter();
    CHECK_FALSE(part.empty());
    part.leave();
    CHECK(part.empty());
    first.enter(3);
    second.enter_alone();
    CHECK(first.count() == 3);
    CHECK(second.count() == 1);
    first.leave(3);
    CHECK_FALSE(part.empty());
    second.leave_alone();
    CHECK(part.empty());
    CHECK(second.count() == 0);
}

TEST_CASE("A unit that is taken before the old one is released keeps the part from being empty") {
    InFlight part;
    InFlight::Gauge from(part), to(part);
    from.enter();
    for (int i = 0; i < 100; ++i) {
        to.enter();
        from.leave();
        REQUIRE_FALSE(part.empty());
        from.enter();
        to.leave();
        REQUIRE_FALSE(part.empty());
    }
    from.leave();
    CHECK(part.empty());
}

TEST_CASE("While threads move units about, the part is never seen empty, and it is once they have left") {
    InFlight part;
    std::deque<InFlight::Gauge> gauges;
    for (int i = 0; i < 4; ++i) gauges.emplace_back(part);
    constexpr int units = 3, moves = 60'000;
    constexpr std::uint64_t least = 1000;  // looks, however late the system lets this thread begin
    for (int i = 0; i < units; ++i) gauges[0].enter();
    std::atomic<int> moving{units};
    std::atomic<std::uint64_t> looks{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < units; ++i) {
        threads.emplace_back([&, i] {
            std::size_t at = 0;
            for (int move = 0; move < moves || looks.load(std::memory_order_relaxed) < least; ++move) {
                // Now and then through what has no gauge of its own.
                if (move % 7 == i) {
                    part.enter();
                    gauges[at].leave();
                    gauges[0].enter();
                    part.leave();
                    at = 0;
                }
                const std::size_t next = (at + 1 + static_cast<std::size_t>(move % 3)) % gauges.size();
                gauges[next].enter();
                gauges[at].leave();
                at = next;
            }
            --moving;
            gauges[at].leave();
        });
    }
    bool early = false;
    for (; moving != 0; looks.fetch_add(1, std::memory_order_relaxed)) {
        if (part.empty() && moving != 0) early = true;
    }
    for (std::thread& thread : threads) thread.join();
    CHECK_FALSE(early);
    CHECK(looks >= least);
    CHECK(part.empty());
}

TEST_CASE("Whoever watches is told after the last has left, whoever that is") {
    for (int round = 0; round < 2000; ++round) {
        InFlight part;
        InFlight::Gauge gauge(part);
        gauge.enter(2);
        part.enter();
        std::atomic<int> leaving{0};
        std::atomic<bool> early{false}, told{false};
        Signal signal;
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&, i] {
                ++leaving;
                if (i == 0) return part.leave();
                if (i == 1) return gauge.leave();
                gauge.leave_alone();
                gauge.tell();
            });
            if (i == 0 && round % 2 == 0) std::this_thread::yield();
            if (i == 1) threads[1].join();  // leave() and leave_alone() do not mix at once
        }
        part.watch([&] {
            if (leaving != 3) early = true;
            told = true;
            signal.give();
        });
        // Empty already: they may all have left before the watch began.
        const bool empty = part.empty() || signal.wait();
        for (auto& thread : threads) {
            if (thread.joinable()) thread.join();
        }
        REQUIRE(empty);
        REQUIRE_FALSE(early);
        REQUIRE(part.empty());
        part.unwatch();
    }
}

TEST_CASE("Nobody is told while something is under way, nor when nobody watches") {
    InFlight part;
    InFlight::Gauge gauge(part);
    int told = 0;
    part.enter();
    gauge.enter(2);
    part.watch([&] { ++told; });
    gauge.leave();
    part.leave();
    CHECK(told == 0);
    gauge.leave();
    CHECK(told == 1);
    part.enter();
    part.leave();
    CHECK(told == 2);
    part.unwatch();
    part.enter();
    part.leave();
    CHECK(told == 2);
}

TEST_CASE("A part that is closed lets nothing of its own accord in, and what moves on in it goes on") {
    InFlight part;
    InFlight::Gauge gauge(part);
    REQUIRE(part.try_enter());
    gauge.enter();
    part.leave();
    part.close();
    CHECK(part.closed());
    CHECK_FALSE(part.try_enter());
    CHECK_FALSE(part.empty());
    part.enter();  // covered by the unit above
    gauge.leave();
    CHECK_FALSE(part.empty());
    part.leave();
    CHECK(part.empty());
    CHECK_FALSE(part.try_enter());
    CHECK(part.empty());
}

TEST_CASE("Of those who come of their own accord while a part closes each is refused, or seen") {
    for (int round = 0; round < 3000; ++round) {
        InFlight part;
        std::atomic<bool> in{false};
        std::thread comer([&] { in = part.try_enter(); });
        part.close();
        const bool empty = part.empty();
        comer.join();
        // Whoever looks after the closing and finds it empty finds it so for ever.
        if (empty) REQUIRE_FALSE(in);
        if (in) part.leave();
        REQUIRE(part.empty());
    }
}
