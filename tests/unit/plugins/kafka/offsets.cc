#include "kafka/offsets.hh"

#include <catch2/catch.hpp>

#include <random>
#include <set>
#include <string>
#include <vector>

using namespace flowrun::kafka;

namespace {

// What comes after a process that is gone, as of its last commit.
Offsets after(const Offsets::Commit& commit) { return {commit.base, commit.note}; }

std::vector<std::int64_t> left(Offsets offsets, std::int64_t from, std::int64_t end) {
    std::vector<std::int64_t> all;
    for (std::int64_t at = from; at < end; ++at) {
        if (offsets.read(at)) all.push_back(at);
    }
    return all;
}

}  // namespace

TEST_CASE("the base moves past what is dealt with, and no further") {
    Offsets offsets(10, {});
    for (std::int64_t at = 10; at < 14; ++at) CHECK(offsets.read(at));
    CHECK(offsets.base() == 10);
    offsets.ack(12);
    offsets.ack(11);
    CHECK(offsets.base() == 10);
    offsets.ack(10);
    CHECK(offsets.base() == 13);
    offsets.ack(13);
    CHECK(offsets.base() == 14);
}

TEST_CASE("offsets that are not there hold nothing up") {
    Offsets offsets(0, {});
    for (const std::int64_t at : {3, 7, 20}) CHECK(offsets.read(at));
    offsets.ack(7);
    offsets.ack(3);
    CHECK(offsets.base() == 20);
}

TEST_CASE("what is read a second time is not given out a second time, and takes nothing back") {
    Offsets offsets(0, {});
    offsets.read(0);
    offsets.read(1);
    CHECK_FALSE(offsets.read(1));
    offsets.ack(0);
    offsets.ack(1);
    CHECK_FALSE(offsets.read(0));
    CHECK(offsets.base() == 2);
}

TEST_CASE("what is dealt with out of order does not come again") {
    Offsets offsets(100, {});
    for (std::int64_t at = 100; at < 110; ++at) offsets.read(at);
    for (const std::int64_t at : {101, 102, 105, 109}) offsets.ack(at);
    const auto commit = offsets.commit(true);
    CHECK(commit.base == 100);
    CHECK(commit.note == "f1 a=1+2,2+1,3+1");
    CHECK(after(commit).ahead() == 4);
    CHECK(left(after(commit), 100, 112) == std::vector<std::int64_t>{100, 103, 104, 106, 107, 108, 110, 111});
}

TEST_CASE("a note outlives one who has read only a part of it") {
    Offsets first(0, {});
    for (std::int64_t at = 0; at < 10; ++at) first.read(at);
    for (const std::int64_t at : {2, 8, 9}) first.ack(at);
    Offsets second = after(first.commit(true));
    second.read(0);
    second.read(1);
    second.ack(0);
    CHECK(left(after(second.commit(true)), 1, 11) == std::vector<std::int64_t>{1, 3, 4, 5, 6, 7, 10});
}

TEST_CASE("an offset that is dealt with already lets the base move") {
    Offsets offsets(5, "f1 a=1+2");
    CHECK(offsets.read(5));
    CHECK_FALSE(offsets.read(6));
    CHECK_FALSE(offsets.read(7));
    CHECK(offsets.read(8));
    offsets.ack(5);
    CHECK(offsets.base() == 8);
}

TEST_CASE("what is out when a process dies is known to come again, and only that") {
    Offsets offsets(0, {});
    offsets.read(0);
    offsets.want(0);
    CHECK_FALSE(offsets.may_give(0));
    const auto commit = offsets.commit(false);
    CHECK_FALSE(offsets.may_give(0));
    offsets.committed(commit);
    CHECK(offsets.may_give(0));
    offsets.out(0);
    const Offsets next = after(commit);
    CHECK(next.is_again(0));
    CHECK(next.deaths() == 1);

    offsets.back(0);
    CHECK(offsets.promises());
    const Offsets clean = after(offsets.commit(true));
    CHECK_FALSE(clean.is_again(0));
    CHECK(clean.deaths() == 0);
}

TEST_CASE("deaths are counted until something is dealt with, and make careful") {
    Offsets::Commit commit{.base = 0, .given = 0, .note = {}, .complete_to = 0};
    for (std::uint32_t death = 0; death < 4; ++death) {
        Offsets offsets = after(commit);
        CHECK(offsets.deaths() == death);
        CHECK(offsets.is_careful(0) == (death >= 2));
        offsets.read(0);
        offsets.want(0);
        commit = offsets.commit(false);
    }
    Offsets offsets = after(commit);
    offsets.read(0);
    CHECK(offsets.is_first(0));
    offsets.ack(0);
    CHECK(offsets.deaths() == 0);
}

TEST_CASE("attempts of what stays where it lay are noted until it is dealt with") {
    Offsets offsets(7, {});
    offsets.read(7);
    offsets.read(8);
    offsets.note(8, {3, 1234});
    Offsets next = after(offsets.commit(true));
    REQUIRE(next.tried(8) != nullptr);
    CHECK(*next.tried(8) == Offsets::Tried{3, 1234});
    CHECK(next.tried(7) == nullptr);
    next.read(7);
    next.read(8);
    next.ack(8);
    CHECK(after(next.commit(true)).tried(8) == nullptr);
}

TEST_CASE("what does not fit into a note is not covered by the commit") {
    Offsets offsets(0, {});
    for (std::int64_t at = 0; at < 1000; ++at) offsets.read(at);
    for (std::int64_t at = 1; at < 1000; at += 2) offsets.ack(at);
    const auto commit = offsets.commit(true, 100);
    CHECK(commit.note.size() <= 100);
    CHECK(commit.covers(1));
    CHECK_FALSE(commit.covers(999));
    Offsets next = after(commit);
    for (std::int64_t at = 0; at < 1000; ++at) CHECK(next.read(at) == !(at % 2 == 1 && commit.covers(at)));
}

TEST_CASE("a note that is not ours, or cut, says nothing that is not there") {
    for (const char* note : {"", "by another program", "f1", "f1 a=", "f1 a=1", "f1 a=x+1", "f1 g=-5", "f1 t=1:2",
                             "f1 a=1+2,", "f1 g=ffffffffffffffffffff", "f1 a=7fffffffffffffff+7fffffffffffffff"}) {
        Offsets offsets(3, note);
        CHECK(offsets.base() == 3);
        CHECK(offsets.read(3));
    }
}

TEST_CASE("whatever happens in whatever order, nothing is lost and nothing that was committed comes again") {
    std::mt19937 random(7);
    constexpr std::int64_t end = 400;
    Offsets offsets(0, {});
    std::set<std::int64_t> committed, acked;
    std::int64_t at = 0;
    Offsets::Commit last{};
    std::set<std::int64_t> open;
    for (int step = 0; step < 20'000; ++step) {
        const auto what = random() % 10;
        if (what < 4 && at < end) {
            if (offsets.read(at)) {
                CHECK_FALSE(committed.contains(at));
                open.insert(at);
            }
            ++at;
        } else if (what < 8 && !open.empty()) {
            auto one = open.begin();
            std::advance(one, static_cast<long>(random() % open.size()));
            offsets.ack(*one);
            acked.insert(*one);
            open.erase(one);
        } else if (what == 8) {
            last = offsets.commit(random() % 2 == 0, 40);
            for (const std::int64_t one : acked) {
                if (last.covers(one)) committed.insert(one);
            }
        } else if (step % 97 == 0) {  // it dies
            offsets = after(last);
            at = last.base;
            open.clear();
            acked = committed;
        }
        if (!open.empty()) CHECK(*open.begin() >= offsets.base());
    }
    std::set<std::int64_t> rest(open);
    for (; at < end; ++at) {
        if (offsets.read(at)) rest.insert(at);
    }
    for (std::int64_t one = 0; one < end; ++one) CHECK(rest.contains(one) == !acked.contains(one));
}
