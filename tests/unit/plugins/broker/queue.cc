// What all queues on a server have in common, over a server that the test plays.
#include "broker/queue.hh"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <time.h>

using namespace flowrun;
using broker::Lost;
using broker::Message;
using broker::Request;

namespace {

std::atomic<unsigned> looked_at_clock{0};

std::int64_t now_is() {
    ++looked_at_clock;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// What happened, as the queue's thread and the test see it.
struct Play {
    std::mutex mutex;
    std::condition_variable changed;
    // The server.
    int connected = 0, turns = 0;
    bool is_there = true, answers = true, outlives = false, loses = false;
    std::int32_t refuses = 0;  // for good
    std::vector<std::string> sent;
    int to_give = 0, given = 0;
    // What the listener heard.
    std::map<std::uint64_t, std::int32_t> pushed, settled;
    std::vector<std::string> notices;
    int arrived = 0, broken = 0;

    void tell(const std::function<void()>& what) {
        const std::scoped_lock lock(mutex);
        what();
        changed.notify_all();
    }
    bool until(const std::function<bool()>& done) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), done);
    }
    void set(const std::function<void()>& what) { tell(what); }
};

class PlayedSession final : public broker::Session {
public:
    PlayedSession(Play& play, broker::Desk& desk) : play_(play), desk_(desk) {
        play_.tell([&] {
            if (!play_.is_there) throw Lost{"nobody is there"};
            ++play_.connected;
        });
    }
    void turn(const broker::Stock&) override { fail(); }
    void send(const std::vector<const Request*>& requests) override {
        std::vector<const Request*> answered;
        play_.tell([&] {
            for (const Request* request : requests) {
                static constexpr const char* kinds[] = {"push ", "ack ", "nack ", "reject "};
                play_.sent.push_back(kinds[static_cast<int>(request->kind)] + request->message.body);
                if (play_.answers) answered.push_back(request);
            }
        });
        for (const Request* request : answered) {
            if (request->kind == Request::Kind::push) desk_.pushed(request->name, FLOWRUN_OK, {});
            else desk_.settled(request->name, FLOWRUN_OK, {});
        }
        fail();
    }
    void fetch(std::size_t most) override {
        fail();
        for (; most != 0; --most) {
            int n = 0;
            play_.tell([&] { n = play_.to_give != 0 ? (--play_.to_give, ++play_.given) : 0; });
            if (n == 0) return;
            Message message;
            message.body = std::to_string(n);
            desk_.deliver(std::move(message), {std::to_string(n)}, false);
        }
    }
    void renew(const std::vector<broker::Handle>&) override {}
    void wait_for(std::vector<pollfd>&) override {
        play_.tell([&] { ++play_.turns; });
    }
    void ready(const std::vector<pollfd>&) override {}
    std::int64_t patience() const override { return 2'000'000; }
    bool leases_outlive_it() const override { return play_.outlives; }

private:
    void fail() {
        bool loses = false;
        std::int32_t refuses = 0;
        play_.tell([&] {
            loses = std::exchange(play_.loses, false);
            refuses = play_.refuses;
        });
        if (refuses != 0) throw sdk::QueueError{refuses, "never"};
        if (loses) throw Lost{"it is gone"};
    }
    Play& play_;
    broker::Desk& desk_;
};

const flowrun_host& host() {
    static const flowrun_host table = [] {
        flowrun_host made{};
        made.size = sizeof made;
        made.now = now_is;
        made.wall = now_is;
        return made;
    }();
    return table;
}

const flowrun_queue_listener& listener() {
    static const flowrun_queue_listener table = [] {
        flowrun_queue_listener made{};
        made.size = sizeof made;
        made.pushed = [](void* user, std::uint64_t push, std::int32_t status, flowrun_text) {
            auto& play = *static_cast<Play*>(user);
            play.tell([&] { play.pushed[push] = status; });
        };
        made.arrived = [](void* user) {
            auto& play = *static_cast<Play*>(user);
            play.tell([&] { ++play.arrived; });
        };
        made.settled = [](void* user, std::uint64_t lease, std::int32_t status, flowrun_text) {
            auto& play = *static_cast<Play*>(user);
            play.tell([&] { play.settled[lease] = status; });
        };
        made.broken = [](void* user, std::int32_t, flowrun_text) {
            auto& play = *static_cast<Play*>(user);
            play.tell([&] { ++play.broken; });
        };
        made.idle = [](void*) {};
        made.notice = [](void* user, flowrun_text text) {
            auto& play = *static_cast<Play*>(user);
            play.tell([&] { play.notices.emplace_back(sdk::view_of(text)); });
        };
        return made;
    }();
    return table;
}

std::unique_ptr<broker::Queue> opened(Play& play) {
    flowrun_queue_spec spec{};
    spec.size = sizeof spec;
    broker::Queue::Settings settings;
    settings.server = "server";
    settings.largest = 1000;
    return std::make_unique<broker::Queue>(
        sdk::QueueOpening{host(), spec, listener(), &play}, std::move(settings),
        [&play](broker::Desk& desk) { return std::make_unique<PlayedSession>(play, desk); });
}

void push(broker::Queue& queue, std::uint64_t name, const std::string& body) {
    flowrun_queue_item item{};
    item.size = sizeof item;
    item.body = sdk::text_of(body);
    CHECK(queue.push(item, name) == FLOWRUN_PENDING);
}

std::vector<std::uint64_t> take(broker::Queue& queue, std::uint32_t most) {
    std::vector<std::uint64_t> leases;
    queue.take(
        most,
        [](void* user, const flowrun_queue_item* item) {
            static_cast<std::vector<std::uint64_t>*>(user)->push_back(item->lease);
        },
        &leases);
    return leases;
}

std::vector<std::uint64_t> take_all(broker::Queue& queue, Play& play, std::size_t n) {
    std::vector<std::uint64_t> all;
    for (int tries = 0; all.size() < n && tries < 20'000; ++tries) {
        for (const std::uint64_t lease : take(queue, 1)) all.push_back(lease);
        std::unique_lock lock(play.mutex);
        play.changed.wait_for(lock, std::chrono::milliseconds(1));
    }
    REQUIRE(all.size() == n);
    return all;
}

}  // namespace

TEST_CASE("what had no answer when the connection was lost is sent again, in its order") {
    Play play;
    play.answers = false;
    const auto queue = opened(play);
    for (std::uint64_t i = 1; i <= 3; ++i) push(*queue, i, std::to_string(i));
    REQUIRE(play.until([&] { return play.sent.size() == 3; }));
    play.set([&] {
        play.sent.clear();
        play.answers = true;
        play.loses = true;
    });
    REQUIRE(play.until([&] { return play.pushed.size() == 3; }));
    CHECK(play.sent == std::vector<std::string>{"push 1", "push 2", "push 3"});
    CHECK(play.connected == 2);
    REQUIRE(play.until([&] { return play.notices.size() == 2; }));
    CHECK(play.notices[0] == "server: it is gone; trying again");
    CHECK(play.notices[1] == "server: connected again");
}

TEST_CASE("while the server is away pushes wait, and nobody is told twice") {
    Play play;
    const auto queue = opened(play);
    push(*queue, 1, "a");
    REQUIRE(play.until([&] { return play.pushed.contains(1); }));
    play.set([&] {
        play.is_there = false;
        play.loses = true;
    });
    REQUIRE(play.until([&] { return !play.notices.empty(); }));
    push(*queue, 2, "b");
    play.set([&] { play.is_there = true; });
    REQUIRE(play.until([&] { return play.pushed.contains(2) && play.notices.size() == 2; }));
}

TEST_CASE("a lease that ended with its connection is told when it is answered, and one that outlives it is not") {
    for (const bool outlives : {false, true}) {
        CAPTURE(outlives);
        Play play;
        play.outlives = outlives;
        play.to_give = 1;
        const auto queue = opened(play);
        const auto leases = take_all(*queue, play, 1);
        play.set([&] { play.loses = true; });
        REQUIRE(play.until([&] { return play.connected == 2; }));
        queue->ack(leases[0]);
        REQUIRE(play.until([&] { return play.settled.contains(leases[0]); }));
        CHECK(play.settled[leases[0]] == (outlives ? FLOWRUN_OK : FLOWRUN_E_TIMEOUT));
        queue->ack(leases[0]);  // once more: nothing
    }
}

TEST_CASE("what was fetched and not taken goes back when nothing more is taken, and what is out when it is closed") {
    Play play;
    play.to_give = 100;
    auto queue = opened(play);
    const auto leases = take_all(*queue, play, 3);
    REQUIRE(play.until([&] { return play.given > 3; }));
    queue->ack(leases[0]);
    queue->drain();
    REQUIRE(play.until([&] {
        return static_cast<int>(std::count_if(play.sent.begin(), play.sent.end(), [](const std::string& one) {
                   return one.starts_with("nack");
               })) == play.given - 3;
    }));
    REQUIRE(play.until([&] { return play.settled.contains(leases[0]); }));
    queue.reset();
    const auto nacks = std::count_if(play.sent.begin(), play.sent.end(),
                                     [](const std::string& one) { return one.starts_with("nack"); });
    CHECK(nacks == play.given - 1);
    CHECK(play.settled.size() == 1);  // of what went back nobody hears
}

TEST_CASE("a server that refuses for good ends the queue: all are told, and its thread rests") {
    Play play;
    play.answers = false;
    auto queue = opened(play);
    push(*queue, 1, "a");
    REQUIRE(play.until([&] { return play.sent.size() == 1; }));
    play.set([&] { play.refuses = FLOWRUN_E_INVALID; });
    REQUIRE(play.until([&] { return play.pushed.contains(1); }));
    CHECK(play.pushed[1] == FLOWRUN_E_INVALID);
    CHECK(play.broken == 1);
    push(*queue, 2, "b");
    CHECK(play.pushed[2] == FLOWRUN_E_INVALID);
    const unsigned before = looked_at_clock;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(looked_at_clock - before < 100);
}

TEST_CASE("a message that is too large is refused alone, and nothing is told before something is asked for") {
    Play play;
    play.to_give = 1;
    const auto queue = opened(play);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(play.arrived == 0);
    CHECK(play.given == 0);
    push(*queue, 1, std::string(1001, 'x'));
    CHECK(play.pushed[1] == FLOWRUN_E_INVALID);
    push(*queue, 2, "x");
    REQUIRE(play.until([&] { return play.pushed.contains(2); }));
    CHECK(play.pushed[2] == FLOWRUN_OK);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(play.given == 0);  // who only puts messages there keeps none from others
    take_all(*queue, play, 1);
    CHECK(play.arrived == 1);
}

TEST_CASE("who fetches ahead fetches little where it lies, and more where it is taken at once") {
    broker::Appetite appetite(64);
    CHECK(appetite.size() == 1);
    for (int i = 0; i < 10; ++i) {
        appetite.fetched(1000);
        appetite.emptied(2000);
    }
    CHECK(appetite.size() == 64);
    appetite.fetched(0);
    appetite.emptied(10'000'000);
    CHECK(appetite.size() == 64);
    appetite.emptied(60'000'000);
    CHECK(appetite.size() == 1);
}
