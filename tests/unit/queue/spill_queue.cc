// A queue that goes on in a store: in order, and without loss, however the store answers.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "queue/spill_queue.hh"

using namespace flowrun;
using queue::Item;
using queue::Queue;

namespace {

constexpr std::uint64_t places = 8;

Item numbered(std::uint64_t n) {
    Item item;
    item.meta.number = n;
    item.bytes = 10;
    return item;
}

// What lies on the disk between runs.
using Disk = std::deque<std::uint64_t>;

// Answers when it is told to. One that is committed may be given out before its push is answered.
class Store final : public Queue {
public:
    explicit Store(Disk& disk) : disk_(disk), found_(disk.size()) {}

    void open(Listener& listener) override { listener_ = &listener; }
    Pushed push(Item& item, std::uint64_t push) override {
        coming_.push_back({item.meta.number, push});
        return Pushed::pending;
    }
    std::size_t take(Item* items, std::size_t n) override {
        std::size_t taken = 0;
        for (; taken < n && out_ + taken < disk_.size(); ++taken) {
            items[taken] = numbered(disk_[out_ + taken]);
            items[taken].lease = disk_[out_ + taken];
        }
        out_ += taken;
        return taken;
    }
    void ack(std::uint64_t lease) override { acked_.push_back(lease); }
    void nack(std::uint64_t, Duration, std::uint32_t, const Error*) override {}
    void reject(std::uint64_t, const Error&) override {}
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    queue::Depth depth() const override { return {found_, 0}; }
    void close() override {}
    bool forgets() const override { return false; }

    void commit() {
        if (coming_.empty()) return;
        disk_.push_back(coming_.front().number);
        answers_.push_back(coming_.front().push);
        coming_.pop_front();
    }
    void answer() {
        if (answers_.empty()) return;
        const std::uint64_t push = answers_.front();
        answers_.pop_front();
        listener_->pushed(push, nullptr);
    }
    void refuse() {
        if (coming_.empty()) return;
        const std::uint64_t push = coming_.back().push;
        coming_.pop_back();
        const Error why = Error::of(Code::unavailable, "no");
        listener_->pushed(push, &why);
    }
    // What was acknowledged leaves the disk.
    void note() {
        for (const std::uint64_t lease : acked_) {
            const auto at = std::find(disk_.begin(), disk_.end(), lease);
            REQUIRE(at != disk_.end());
            disk_.erase(at);
            --out_;
        }
        acked_.clear();
    }
    std::size_t coming() const { return coming_.size(); }

private:
    struct Coming {
        std::uint64_t number, push;
    };
    Disk& disk_;
    const std::uint64_t found_;
    Listener* listener_ = nullptr;
    std::deque<Coming> coming_;
    std::deque<std::uint64_t> answers_;
    std::vector<std::uint64_t> acked_;
    std::size_t out_ = 0;  // of those on the disk, from the first on
};

struct Heard final : Queue::Listener {
    void pushed(std::uint64_t, const Error* why) override { ++(why == nullptr ? held : refused); }
    void arrived() override {}
    void settled(std::uint64_t, const Error*) override {}
    void lost(std::uint64_t, const Error&) override {}
    void added(std::uint64_t) override {}
    void removed(std::uint64_t) override {}
    void broken(const Error&) override {}
    void kept(std::uint64_t messages) override { stayed += messages; }

    std::uint64_t held = 0, refused = 0, stayed = 0;
};

// Takes all that can be had now.
void take_all(queue::SpillQueue& queue, std::vector<std::uint64_t>& got) {
    Item items[3];
    while (const std::size_t n = queue.take(items, 3)) {
        for (std::size_t i = 0; i < n; ++i) got.push_back(items[i].meta.number);
    }
}

}  // namespace

TEST_CASE("a queue that spills keeps the order and loses nothing") {
    int spilled = 0;  // runs
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        std::mt19937_64 random(seed);
        Disk disk;
        auto made = std::make_unique<Store>(disk);
        Store& store = *made;
        Heard heard;
        queue::SpillQueue queue(std::move(made), {places, 1000});
        queue.open(heard);
        std::vector<std::uint64_t> got;
        std::uint64_t sent = 0, at_once = 0, most_spilled = 0;
        for (int step = 0; step < 400; ++step) {
            Item item = numbered(sent + 1);
            Item out[4];
            switch (random() % (seed % 2 == 0 ? 6 : 9)) {
                case 0:
                case 1:
                    ++sent;
                    if (queue.push(item, sent) == Queue::Pushed::held) ++at_once;
                    break;
                case 2: store.commit(); break;
                case 3: store.answer(); break;
                case 4: store.note(); break;
                case 5: {
                    const std::size_t n = queue.take(out, 1 + random() % 4);
                    for (std::size_t i = 0; i < n; ++i) got.push_back(out[i].meta.number);
                    break;
                }
                default:  // the consumer rests
                    ++sent;
                    if (queue.push(item, sent) == Queue::Pushed::held) ++at_once;
            }
            most_spilled = std::max<std::uint64_t>(most_spilled, disk.size());
            REQUIRE(queue.depth().messages + got.size() == sent);
        }
        while (store.coming() != 0) store.commit();
        for (std::uint64_t i = 0; i < sent; ++i) store.answer();
        take_all(queue, got);
        store.note();
        INFO("seed " << seed);
        REQUIRE(got.size() == sent);
        REQUIRE(std::is_sorted(got.begin(), got.end()));
        REQUIRE(heard.held + at_once == sent);
        spilled += most_spilled != 0 ? 1 : 0;
        REQUIRE(disk.empty());
        REQUIRE(queue.depth().messages == 0);
        Item again = numbered(1);
        CHECK(queue.push(again, 1) == Queue::Pushed::held);  // in memory once more
    }
    CHECK(spilled > 200);
}

TEST_CASE("a queue that spills holds no more in memory than it may") {
    Disk disk;
    Heard heard;
    queue::SpillQueue queue(std::make_unique<Store>(disk), {places, 55});
    queue.open(heard);
    std::uint64_t held = 0;
    for (std::uint64_t n = 1; n <= 20; ++n) {
        Item item = numbered(n);
        held += queue.push(item, n) == Queue::Pushed::held ? 1 : 0;
    }
    CHECK(held == 5);  // of 10 bytes each
}

TEST_CASE("what a queue has spilled is given out before what comes, in the next run") {
    Disk disk{1, 2, 3};
    auto made = std::make_unique<Store>(disk);
    Store& store = *made;
    Heard heard;
    queue::SpillQueue queue(std::move(made), {places, 1000});
    queue.open(heard);
    CHECK(queue.depth().messages == 3);
    Item fresh = numbered(4);
    CHECK(queue.push(fresh, 4) == Queue::Pushed::pending);
    store.commit();
    store.answer();
    std::vector<std::uint64_t> got;
    take_all(queue, got);
    CHECK(got == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("a queue that spills is drained of what is in memory, and the rest stays") {
    Disk disk;
    auto made = std::make_unique<Store>(disk);
    Store& store = *made;
    Heard heard;
    queue::SpillQueue queue(std::move(made), {places, 1000});
    queue.open(heard);
    for (std::uint64_t n = 1; n <= places + 5; ++n) {
        Item item = numbered(n);
        (void)queue.push(item, n);
    }
    for (int i = 0; i < 3; ++i) store.commit();
    for (int i = 0; i < 3; ++i) store.answer();
    CHECK(queue.stays() == 3);
    queue.drain();
    CHECK(heard.stayed == 3);
    store.commit();
    store.answer();
    store.refuse();
    CHECK(heard.stayed == 4);
    CHECK(heard.refused == 1);
    std::vector<std::uint64_t> got;
    take_all(queue, got);
    CHECK(got.size() == places);
    CHECK(disk == Disk{9, 10, 11, 12});
    CHECK(queue.stays() == 4);
}
