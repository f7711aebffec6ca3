// Edges over a queue that others share, in simulated time: one run, and another process that puts into the queue, takes from
// it, and now and then dies with what it has.

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <ranges>
#include <set>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }
value::Value numbered(std::int64_t n) { return *value::parse(fmt::format(R"({{"n":{}}})", n)); }

constexpr Duration lease = 200 * millisecond;

// The server. One thread of a simulated world runs at a time: no lock.
struct Server {
    struct Kept {
        queue::Item item;
        bool ours = false;  // this run has put it there
        bool out = false, again = false;
        std::uint64_t holder = 0;  // changes whenever it is given out
    };
    std::map<std::uint64_t, Kept> items;
    std::uint64_t last = 0, holders = 0, dead = 0;

    std::uint64_t put(queue::Item item, bool ours) {
        items.emplace(++last, Kept{std::move(item), ours});
        return last;
    }
    // The first that nobody has.
    std::map<std::uint64_t, Kept>::iterator next() {
        const auto at = std::ranges::find_if(items, [](const auto& one) { return !one.second.out; });
        if (at != items.end()) at->second = Kept{at->second.item, at->second.ours, true, at->second.again, ++holders};
        return at;
    }
    bool nobody_has_any() const { return items.empty(); }
};

class SharedQueue final : public queue::Queue {
public:
    SharedQueue(World& world, std::uint64_t seed, std::shared_ptr<Server> server)
        : state_(std::make_shared<State>(world, seed, std::move(server))) {}
    ~SharedQueue() override { close(); }

    void open(Listener& listener) override { state_->listener = &listener; }
    Pushed push(queue::Item& item, std::uint64_t push) override {
        auto kept = std::make_shared<queue::Item>(std::move(item));
        state_->later([push, kept](State& s) {
            s.server->put(std::move(*kept), true);
            s.listener->pushed(push, nullptr);
            s.listener->arrived();
        });
        return Pushed::pending;
    }
    std::size_t take(queue::Item* items, std::size_t n) override {
        state_->look();
        std::size_t taken = 0;
        for (; taken < n; ++taken) {
            const auto at = state_->server->next();
            if (at == state_->server->items.end()) break;
            items[taken] = at->second.item;
            items[taken].lease = at->second.holder;
            items[taken].own = at->second.ours && !at->second.again;
            items[taken].again = at->second.again;
            state_->out[at->second.holder] = at->first;
        }
        return taken;
    }
    void ack(std::uint64_t holder) override { settle(holder, true, false); }
    void reject(std::uint64_t holder, const Error&) override { settle(holder, true, true); }
    void nack(std::uint64_t holder, Duration, std::uint32_t, const Error*) override { settle(holder, false, false); }
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    queue::Depth depth() const override { return {}; }
    void close() override { state_->listener = nullptr; }
    bool forgets() const override { return false; }
    bool durable() const override { return true; }
    bool shared() const override { return true; }

private:
    struct State : std::enable_shared_from_this<State> {
        State(World& w, std::uint64_t seed, std::shared_ptr<Server> s) : world(w), random(seed), server(std::move(s)) {}
        World& world;
        std::mt19937_64 random;
        const std::shared_ptr<Server> server;
        std::map<std::uint64_t, std::uint64_t> out;
        Listener* listener = nullptr;
        bool looking = false;
        void later(std::function<void(State&)> what) {
            const auto d = static_cast<Duration>(random() % 5 * static_cast<std::uint64_t>(millisecond));
            world.at(after(world.now(), d), [self = shared_from_this(), what = std::move(what)] {
                if (self->listener != nullptr) what(*self);
            });
        }
        // Asks the server again and again, once something was wanted of it.
        void look() {
            if (std::exchange(looking, true)) return;
            world.at(after(world.now(), 10 * millisecond), [self = shared_from_this()] {
                self->looking = false;
                if (self->listener == nullptr) return;
                self->look();
                if (self->server->nobody_has_any()) self->listener->idle();
                else self->listener->arrived();
            });
        }
    };
    void settle(std::uint64_t holder, bool gone, bool dead) {
        state_->later([holder, gone, dead](State& s) {
            const auto at = s.server->items.find(s.out[holder]);
            const Error late = Error::of(Code::timeout, "its lease was over");
            if (at == s.server->items.end() || at->second.holder != holder) return s.listener->settled(holder, &late);
            s.server->dead += dead ? 1U : 0U;
            if (gone) s.server->items.erase(at);
            else at->second.out = false;
            s.listener->settled(holder, nullptr);
            if (!gone) s.listener->arrived();
        });
    }
    const std::shared_ptr<State> state_;
};

// The other process, for a while.
class Other : public std::enable_shared_from_this<Other> {
public:
    Other(World& world, std::uint64_t seed, std::shared_ptr<Server> server)
        : world_(world), random_(seed * 31 + 7), server_(std::move(server)) {}
    void live(int steps) {
        if (steps == 0) return;
        world_.at(after(world_.now(), static_cast<Duration>(random_() % 8) * millisecond),
                  [self = shared_from_this(), steps] {
                      self->act();
                      self->live(steps - 1);
                  });
    }
    std::map<std::int64_t, int> handled;
    std::set<std::int64_t> put;
    std::uint64_t taken = 0;

private:
    void act() {
        if (random_() % 2 == 0) {
            const std::int64_t n = 1000 + static_cast<std::int64_t>(put.size());
            queue::Item item;
            item.body = numbered(n);
            server_->put(std::move(item), false);
            put.insert(n);
        } else {
            take();
        }
    }
    // What becomes of one that it takes: it is handled, given back, or its lease passes since nobody is there any more.
    void take() {
        const auto at = server_->next();
        if (at == server_->items.end()) return;
        ++taken;
        const std::uint64_t place = at->first, holder = at->second.holder, fate = random_() % 4;
        const Duration d = fate == 0 ? lease : static_cast<Duration>(random_() % 30) * millisecond;
        world_.at(after(world_.now(), d), [self = shared_from_this(), place, holder, fate] {
            const auto mine = self->server_->items.find(place);
            if (mine == self->server_->items.end() || mine->second.holder != holder) return;
            mine->second.out = false;
            if (fate < 2) {
                mine->second.again = fate == 0;
                return;
            }
            ++self->handled[mine->second.item.body.get()->member("n")->as_int().value_or(-1)];
            self->server_->items.erase(mine);
        });
    }

    World& world_;
    std::mt19937_64 random_;
    const std::shared_ptr<Server> server_;
};

struct WhatCame {
    Outcome outcome;
    std::map<std::int64_t, std::int32_t> sent;
    std::map<std::int64_t, int> handled;
    std::shared_ptr<Other> other;
};

// `stop_after` 0: until it is empty.
WhatCame run(std::uint64_t seed, const std::shared_ptr<Server>& server, int count, Duration stop_after,
             const std::string& policy, Duration drain_timeout = 300 * second) {
    WhatCame result;
    Virtual world(seed, [seed] {
        fmt::print(stderr, "every thread waits for ever beside a shared queue, seed {}\n", seed);
        std::_Exit(3);
    });
    Stage stage;
    stage.options.drain_timeout = drain_timeout;
    stage.options.seed = seed;
    stage.options.until_empty = stop_after == 0;
    stage.options.queues = [&](const Edge&) -> std::unique_ptr<queue::Queue> {
        return std::make_unique<SharedQueue>(world, seed, server);
    };
    result.other = std::make_shared<Other>(world, seed, server);
    std::mt19937_64 random(seed);
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        result.other->live(60);
        for (int n = 0; n < count && host.stopping(call) == 0; ++n) {
            const value::Value v = numbered(n);
            result.sent[n] = host.emit(call, 0, given(v));
        }
        return FLOWRUN_OK;
    };
    std::map<std::int64_t, int> tried;  // some fail once, where the edge tries again
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        const auto d = static_cast<Duration>(random() % 6) * millisecond;
        if (const auto status = host.sleep(call, d); status < 0) return status;
        if (const auto n = number(message, "n"); n % 7 == 3 && ++tried[n] == 1)
            return std::int32_t{FLOWRUN_E_UNAVAILABLE};
        ++result.handled[number(message, "n")];
        return std::int32_t{FLOWRUN_OK};
    };
    const auto meanwhile = [&](Runner& runner) {
        if (stop_after == 0) return;
        std::mutex mutex;
        Condition nobody;
        std::unique_lock lock(mutex);
        const Time until = after(world.now(), stop_after);
        while (world.now() < until) world.wait(nobody, lock, until);
        lock.unlock();
        runner.interrupt();
    };
    result.outcome = stage.run(
        world,
        fmt::format("nodes: {{ from: {{uses: source}}, to: {{uses: open}} }}\nedges:\n  - from.out ~> to: {{ {} }}\n",
                    policy),
        meanwhile);
    return result;
}

std::string drawn_policy(std::uint64_t seed) {
    static constexpr const char* all[] = {"order: none, workers: 3", "order: fifo", "order: none",
                                          "workers: 2, order: by_key, key: \"msg.n % 3\"", "order: none, rate: 300/s"};
    return fmt::format("queue: \"sqlite:x.db\", {}, retry: {{ attempts: 2, backoff: {}, jitter: none, factor: 1 }}",
                       all[seed % std::size(all)], seed % 2 == 0 ? "3ms" : "2s");
}

// Each was handled here or there; twice only where a lease passed.
void nothing_is_lost(const WhatCame& result, const Server& server) {
    std::set<std::int64_t> all = result.other->put, there;
    for (const auto& [n, status] : result.sent) {
        if (status == FLOWRUN_OK) all.insert(n);
    }
    for (const auto& [place, kept] : server.items) {
        there.insert(kept.item.body.get()->member("n")->as_int().value_or(-1));
    }
    for (const std::int64_t n : all) {
        CAPTURE(n);
        const auto times = [n](const std::map<std::int64_t, int>& handled) {
            const auto at = handled.find(n);
            return at == handled.end() ? 0 : at->second;
        };
        REQUIRE(times(result.handled) + times(result.other->handled) + (there.contains(n) ? 1 : 0) == 1);
    }
}

}  // namespace

TEST_CASE("A run that shares its queue ends when nobody has anything of it, and each message was dealt with by one") {
    std::uint64_t found = 0, again = 0, taken = 0;
    for (const std::uint64_t seed : seeds() | std::views::take(400)) {
        const std::string policy = drawn_policy(seed);
        CAPTURE(seed, policy);
        const auto server = std::make_shared<Server>();
        const WhatCame result = run(seed, server, 30, 0, policy);
        const Account& a = result.outcome.ledger.edges[0];
        CAPTURE(a.accepted, a.found, a.ok, a.persisted, a.again, a.lapsed);
        REQUIRE(result.outcome.drained);
        REQUIRE_FALSE(result.outcome.ledger.failed());
        REQUIRE(a.adds_up());
        REQUIRE(a.in_doubt == 0);
        REQUIRE(a.accepted == 30);
        // What the other has put there since, or has out, is its own.
        REQUIRE(std::ranges::none_of(server->items, [](const auto& one) { return one.second.ours; }));
        nothing_is_lost(result, *server);
        found += a.found;
        again += a.again;
        taken += result.other->taken;
    }
    // Else nothing was tried.
    CHECK(found > 0);
    CHECK(again > 0);
    CHECK(taken > 0);
}

TEST_CASE(
    "What waits for another attempt beyond the drain's patience does not end a run before its shared queue is empty") {
    for (const std::uint64_t seed : seeds() | std::views::take(400)) {
        const std::string policy = drawn_policy(seed * 2 + 1);
        CAPTURE(seed, policy);
        const auto server = std::make_shared<Server>();
        const WhatCame result = run(seed, server, 30, 0, policy, 10 * millisecond);
        REQUIRE(std::ranges::none_of(server->items, [](const auto& one) { return one.second.ours; }));
        nothing_is_lost(result, *server);
    }
}

TEST_CASE("A run that shares its queue goes on until it is stopped, and gives back what it has not begun") {
    std::uint64_t left = 0;
    for (const std::uint64_t seed : seeds() | std::views::take(400)) {
        const std::string policy = drawn_policy(seed);
        CAPTURE(seed, policy);
        const auto server = std::make_shared<Server>();
        const auto stop = static_cast<Duration>(1 + seed % 97 * 13) * millisecond;
        const WhatCame result = run(seed, server, 30, stop, policy);
        const Account& a = result.outcome.ledger.edges[0];
        CAPTURE(stop, a.accepted, a.found, a.ok, a.persisted, a.again, a.lapsed);
        REQUIRE(result.outcome.stopped);
        REQUIRE(result.outcome.drained);
        REQUIRE(result.outcome.took >= stop);
        REQUIRE(a.adds_up());
        REQUIRE(a.left == 0);
        REQUIRE(a.in_doubt == 0);
        nothing_is_lost(result, *server);
        left += server->items.size();
    }
    CHECK(left > 0);
}
