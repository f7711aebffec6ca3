// Room in a queue by itself: its bounds, its line, and that nobody in it is forgotten.
#include "engine/room/room.hh"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "seeds.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

using Order = std::vector<int>;

// One who waits, and what he was told.
class Person final : public Room::Waiter {
public:
    Person(int name, Order& admissions) : name_(name), admissions_(admissions) {}
    void admitted() override { admissions_.push_back(name_); }
    void go_on(bool admitted) override {
        ++told;
        in = admitted;
    }
    int told = 0;  // that he is to go on
    bool in = false;

private:
    const int name_;
    Order& admissions_;
};

bool try_enter(Room& room, std::uint64_t bytes) {
    return room.try_enter(bytes, [] {});
}

struct Line {
    Order admissions;
    std::vector<std::unique_ptr<Person>> people;
    Line(Room& room, const std::vector<std::uint64_t>& bytes) {
        for (const std::uint64_t b : bytes) {
            people.push_back(std::make_unique<Person>(static_cast<int>(people.size()), admissions));
            REQUIRE_FALSE(room.enter(*people.back(), b));
        }
    }
    Person& operator[](std::size_t i) { return *people[i]; }
};

}  // namespace

TEST_CASE("So many messages have room, and not one more") {
    for (const std::uint64_t bound : {1U, 2U, 7U}) {
        CAPTURE(bound);
        Room room({bound, 1000});
        for (std::uint64_t i = 0; i < bound; ++i) REQUIRE(try_enter(room, 1));
        CHECK_FALSE(try_enter(room, 0));
        CHECK(room.messages() == bound);
        room.leave(1, 1);
        CHECK(try_enter(room, 1));
        CHECK_FALSE(try_enter(room, 1));
        for (std::uint64_t i = 0; i < bound; ++i) room.leave_alone(1);
        CHECK(room.messages() == 0);
        CHECK(room.bytes() == 0);
    }
}

TEST_CASE("So many bytes have room, and not one more") {
    Room room({10, 100});
    REQUIRE(try_enter(room, 60));
    CHECK_FALSE(try_enter(room, 41));
    REQUIRE(try_enter(room, 40));
    CHECK(room.bytes() == 100);
    CHECK_FALSE(try_enter(room, 1));
    CHECK(try_enter(room, 0));
    room.leave(1, 40);
    CHECK_FALSE(try_enter(room, 41));
    CHECK(try_enter(room, 40));
    CHECK(room.messages() == 3);
}

TEST_CASE("A message larger than all the room goes in alone") {
    Room room({10, 100});
    REQUIRE(try_enter(room, 500));
    CHECK_FALSE(try_enter(room, 0));
    room.leave(1, 500);
    REQUIRE(try_enter(room, 1));
    CHECK_FALSE(try_enter(room, 500));
    Line line(room, {500});
    room.leave(1, 1);
    room.admit();
    CHECK(line[0].in);
    CHECK(room.bytes() == 500);
}

TEST_CASE("Nobody overtakes one who waits with a large message") {
    Room room({10, 100});
    REQUIRE(try_enter(room, 50));
    REQUIRE(try_enter(room, 30));
    Line line(room, {60, 1, 1});
    CHECK_FALSE(try_enter(room, 1));  // though there is room for it
    CHECK(room.waiting() == 3);
    room.leave(1, 30);
    room.admit();
    CHECK(line.admissions.empty());
    room.leave(1, 50);
    room.admit();
    CHECK(line.admissions == Order{0, 1, 2});
    CHECK(room.waiting() == 0);
    CHECK(try_enter(room, 1));
}

TEST_CASE("Who is placed is placed in the order of admission, whoever waited and whoever did not") {
    Room room({2, 100});
    Order placed;
    Person at_once(0, placed);
    REQUIRE(room.enter(at_once, 1));
    CHECK(at_once.told == 0);
    REQUIRE(room.try_enter(1, [&] { placed.push_back(1); }));
    Person second(2, placed), third(3, placed);
    REQUIRE_FALSE(room.enter(second, 1));
    REQUIRE_FALSE(room.enter(third, 1));
    CHECK_FALSE(room.try_enter(1, [&] { placed.push_back(-1); }));
    room.leave(2, 2);
    room.admit();
    room.leave(1, 1);
    REQUIRE(room.try_enter(1, [&] { placed.push_back(4); }));
    CHECK(placed == Order{0, 1, 2, 3, 4});
}

TEST_CASE("Room is handed on when it is said so, to all for whom there is some and to no more") {
    Room room({5, 100});
    for (int i = 0; i < 5; ++i) REQUIRE(try_enter(room, 1));
    Line line(room, {1, 1, 1, 1, 1});
    room.leave(3, 3);
    CHECK(line.admissions.empty());
    CHECK_FALSE(try_enter(room, 1));  // it belongs to those who wait
    room.admit();
    CHECK(line.admissions == Order{0, 1, 2});
    for (int i = 0; i < 3; ++i) CHECK(line[static_cast<std::size_t>(i)].told == 1);
    CHECK(line[3].told == 0);
    CHECK(room.messages() == 5);
    room.admit();
    CHECK(line.admissions.size() == 3);
}

TEST_CASE("Who withdraws is gone from the line, wherever he stood in it") {
    for (std::size_t who = 0; who < 4; ++who) {
        CAPTURE(who);
        Room room({1, 100});
        REQUIRE(try_enter(room, 1));
        Line line(room, {1, 1, 1, 1});
        REQUIRE(room.withdraw(line[who]));
        CHECK_FALSE(room.withdraw(line[who]));
        CHECK(room.waiting() == 3);
        Order expected;
        for (int i = 0; i < 4; ++i) {
            if (i != static_cast<int>(who)) expected.push_back(i);
        }
        for (int i = 0; i < 4; ++i) {
            room.leave(1, 1);
            room.admit();
        }
        CHECK(line.admissions == expected);
        CHECK(line[who].told == 0);
        CHECK(room.messages() == 0);
        Person next(9, line.admissions);
        CHECK(room.enter(next, 1));
    }
}

TEST_CASE("All of a line may withdraw, and another forms") {
    Room room({1, 100});
    REQUIRE(try_enter(room, 1));
    Line line(room, {1, 1, 1});
    for (const std::size_t i : {1U, 0U, 2U}) REQUIRE(room.withdraw(line[i]));
    CHECK(room.waiting() == 0);
    REQUIRE_FALSE(room.enter(line[2], 1));
    REQUIRE_FALSE(room.enter(line[0], 1));
    room.leave(1, 1);
    room.admit();
    CHECK(line.admissions == Order{2});
}

TEST_CASE("When one with a large message withdraws, those behind him go in at once") {
    Room room({10, 100});
    REQUIRE(try_enter(room, 50));
    Line line(room, {60, 20, 20, 20});
    REQUIRE(room.withdraw(line[0]));
    CHECK(line.admissions == Order{1, 2});
    CHECK(room.bytes() == 90);
    CHECK(line[3].told == 0);
}

TEST_CASE("It is too late to withdraw for one who is in, or was sent away") {
    Room room({1, 100});
    REQUIRE(try_enter(room, 1));
    Line line(room, {1, 1});
    room.leave(1, 1);
    room.admit();
    CHECK_FALSE(room.withdraw(line[0]));
    CHECK(line[0].told == 1);
    CHECK(line[0].in);
    room.close();
    CHECK_FALSE(room.withdraw(line[1]));
    CHECK(line[1].told == 1);
    CHECK_FALSE(line[1].in);
}

TEST_CASE("A room that closes sends all away, and whoever comes later at once") {
    Room room({1, 100});
    REQUIRE(try_enter(room, 1));
    Line line(room, {1, 1, 1});
    room.close();
    CHECK(room.waiting() == 0);
    CHECK(line.admissions.empty());
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(line[i].told == 1);
        CHECK_FALSE(line[i].in);
    }
    room.leave(1, 1);
    room.admit();
    CHECK(line.admissions.empty());
    CHECK_FALSE(try_enter(room, 1));
    Person late(7, line.admissions);
    CHECK_FALSE(room.enter(late, 1));
    CHECK(late.told == 1);
    CHECK_FALSE(late.in);
    CHECK(room.waiting() == 0);
    room.close();
    CHECK(line[0].told == 1);
}

TEST_CASE("What comes back in goes beyond the bounds, and others wait until they hold again") {
    Room room({2, 100});
    REQUIRE(try_enter(room, 50));
    room.enter_anyway(3, 90);
    CHECK(room.messages() == 4);
    CHECK(room.bytes() == 140);
    Line line(room, {10});
    room.leave(2, 60);
    room.admit();
    CHECK(line.admissions.empty());  // two messages are inside still
    room.leave(1, 30);
    room.admit();
    CHECK(line.admissions == Order{0});
    CHECK(room.messages() == 2);
    CHECK(room.bytes() == 60);
}

TEST_CASE("Without anybody in it nothing is held back by what was refused") {
    Room room({1, 10});
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(try_enter(room, 10));
        REQUIRE_FALSE(try_enter(room, 10));
        room.leave_alone(10);
    }
    CHECK(room.messages() == 0);
}

namespace {

// Many who come, wait, lose patience and leave again, each on a thread of its own. Who has come when is known from a lock
// around the coming; who was admitted when, from the room's own.
template <class Threads>
class Crowd {
public:
    Crowd(Threads& threads, Room::Bounds bounds) : threads_(threads), bounds_(bounds), room_(bounds) {}

    // So many times in and out.
    void visit(std::uint64_t seed, int times) {
        std::mt19937_64 random(seed);
        for (int i = 0; i < times; ++i) {
            const std::uint64_t bytes = random() % 40 == 0 ? bounds_.bytes + 5 : random() % (bounds_.bytes / 2);
            if (!come(bytes, random() % 5 == 0, random() % 3 == 0)) continue;
            threads_.step();
            {
                const std::scoped_lock lock(inside_mutex_);
                --inside_;
                inside_bytes_ -= bytes;
            }
            threads_.step();
            room_.leave(1, bytes);
            threads_.step();
            room_.admit();
        }
    }
    // What did not hold; empty: all did.
    std::string judge() {
        if (room_.messages() != 0 || room_.bytes() != 0 || room_.waiting() != 0) fault("somebody is left in it");
        std::erase_if(came_, [&](std::uint64_t n) { return withdrawn_[n]; });
        if (came_ != admitted_) fault("they were not admitted in the order in which they came");
        return faults_;
    }

private:
    using Ticket = typename Threads::Ticket;

    struct One final : Room::Waiter {
        One(Crowd& c, std::uint64_t name, std::uint64_t size) : crowd(c), n(name), bytes(size) {}
        void admitted() override { crowd.admitted(n, bytes); }
        void go_on(bool in) override {
            if (!in) crowd.fault("sent away though it was not closed");
            ticket.tell();
        }
        Crowd& crowd;
        const std::uint64_t n, bytes;
        Ticket ticket{crowd.threads_};
    };

    bool come(std::uint64_t bytes, bool impatient, bool tries) {
        std::unique_lock coming(coming_);
        const std::uint64_t n = came_.size();
        came_.push_back(n);
        withdrawn_.push_back(false);
        if (tries) {
            if (room_.try_enter(bytes, [&] { admitted(n, bytes); })) return true;
            withdrawn_[n] = true;
            return false;
        }
        One one(*this, n, bytes);
        const bool at_once = room_.enter(one, bytes);
        coming.unlock();
        if (at_once) return true;
        threads_.step();
        if (!impatient && one.ticket.wait()) return true;
        if (!impatient) fault("waits for ever");
        if (!room_.withdraw(one)) return one.ticket.wait();
        coming.lock();
        withdrawn_[n] = true;
        return false;
    }
    void admitted(std::uint64_t n, std::uint64_t bytes) {
        admitted_.push_back(n);
        const std::scoped_lock lock(inside_mutex_);
        inside_bytes_ += bytes;
        if (++inside_ > bounds_.messages) fault("too many inside");
        if (inside_bytes_ > bounds_.bytes && inside_ > 1) fault("too many bytes inside");
    }
    void fault(const char* what) {
        const std::scoped_lock lock(faults_mutex_);
        if (faults_.find(what) == std::string::npos) faults_ += std::string(what) + "; ";
    }

    Threads& threads_;
    const Room::Bounds bounds_;
    Room room_;
    std::mutex coming_, inside_mutex_, faults_mutex_;
    std::vector<std::uint64_t> came_, admitted_;  // the latter guarded by the room's lock
    std::vector<bool> withdrawn_;
    std::uint64_t inside_ = 0, inside_bytes_ = 0;  // told before the room is: never more than it knows of
    std::string faults_;
};

class RealThreads {
public:
    class Ticket {
    public:
        explicit Ticket(RealThreads& of) : of_(of) {}
        void tell() {
            const std::scoped_lock lock(mutex_);
            told_ = true;
            condition_.notify_one();
        }
        bool wait() {
            std::unique_lock lock(mutex_);
            of_.waited_ = true;
            return condition_.wait_for(lock, std::chrono::seconds(20), [&] { return told_; });
        }

    private:
        RealThreads& of_;
        std::mutex mutex_;
        std::condition_variable condition_;
        bool told_ = false;
    };
    void step() { std::this_thread::yield(); }
    bool waited() const { return waited_; }

private:
    std::atomic<bool> waited_{false};
};

class VirtualThreads {
public:
    explicit VirtualThreads(World& world) : world_(world) {}
    class Ticket {
    public:
        explicit Ticket(VirtualThreads& of) : of_(of) {}
        void tell() {
            const std::scoped_lock lock(mutex_);
            told_ = true;
            of_.world_.wake_all(condition_);
        }
        bool wait() {
            std::unique_lock lock(mutex_);
            of_.waited_ = true;
            while (!told_) of_.world_.wait(condition_, lock, never);
            return true;
        }

    private:
        VirtualThreads& of_;
        std::mutex mutex_;
        Condition condition_;
        bool told_ = false;
    };
    void step() { world_.step(); }
    bool waited() const { return waited_; }

private:
    World& world_;
    bool waited_ = false;
};

}  // namespace

TEST_CASE("Many threads find the room in the order in which they come, and the bounds hold") {
    bool waited = false;
    for (const Room::Bounds bounds : {Room::Bounds{1, 1000}, Room::Bounds{3, 100}, Room::Bounds{8, 60}}) {
        CAPTURE(bounds.messages, bounds.bytes);
        RealThreads real;
        Crowd<RealThreads> crowd(real, bounds);
        std::vector<std::thread> threads;
        for (std::uint64_t i = 0; i < 8; ++i) threads.emplace_back([&crowd, i] { crowd.visit(i, 2000); });
        for (std::thread& thread : threads) thread.join();
        CHECK(crowd.judge() == "");
        waited = waited || real.waited();
    }
    CHECK(waited);
}

TEST_CASE("In simulated time nobody is forgotten in a line, passed over, or let in without room") {
    int waited = 0;
    for (const std::uint64_t seed : seeds()) {
        Virtual world(seed, [seed] {
            fmt::print(stderr, "somebody waits for room for ever with seed {}\n", seed);
            std::_Exit(3);
        });
        VirtualThreads threads(world);
        Crowd<VirtualThreads> crowd(threads, {1 + seed % 4, 40 + seed % 60});
        {
            std::vector<World::Thread> people;
            for (std::uint64_t i = 0; i < 4; ++i)
                people.push_back(world.start("visitor", [&crowd, seed, i] { crowd.visit(seed * 10 + i, 20); }));
        }
        const std::string wrong = crowd.judge();
        if (!wrong.empty()) FAIL("seed " << seed << ": " << wrong);
        waited += threads.waited() ? 1 : 0;
    }
    CHECK(waited > 0);
}
