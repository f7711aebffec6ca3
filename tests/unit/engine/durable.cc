// Durable edges in simulated time: a store that outlives the run, over runs of which all but the last are told to stop.

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <ranges>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <catch2/catch.hpp>
#include <flowrun/component.hh>

#include "base/virtual.hh"
#include "engine/edge/dead_letters.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }
value::Value numbered(int n) { return *value::parse(fmt::format(R"({{"n":{}}})", n)); }

// What lies on the disk between runs. One thread of a simulated world runs at a time: no lock.
struct Disk {
    std::map<std::uint64_t, queue::Item> items;  // by their place
    std::uint64_t last = 0;
    std::uint64_t dead = 0;
    std::size_t most_out = 0;  // given out and not dealt with, at a time
};

class StoredQueue final : public queue::Queue {
public:
    StoredQueue(World& world, std::uint64_t seed, std::shared_ptr<Disk> disk)
        : state_(std::make_shared<State>(world, seed, std::move(disk))) {}
    ~StoredQueue() override { close(); }

    void open(Listener& listener) override {
        state_->listener = &listener;
        for (const auto& [place, item] : state_->disk->items) state_->waiting.push_back(place);
    }
    Pushed push(queue::Item& item, std::uint64_t push) override {
        auto kept = std::make_shared<queue::Item>(std::move(item));
        state_->later([push, kept](State& s) {
            const std::uint64_t place = ++s.disk->last;
            kept->lease = place;
            s.disk->items.emplace(place, std::move(*kept));
            s.waiting.push_back(place);
            // It may be taken before its push is answered.
            if (s.random() % 2 == 0) {
                s.listener->arrived();
                s.later([push](State& on) { on.listener->pushed(push, nullptr); });
            } else {
                s.listener->pushed(push, nullptr);
                s.listener->arrived();
            }
        });
        return Pushed::pending;
    }
    std::size_t take(queue::Item* items, std::size_t n) override {
        std::size_t taken = 0;
        for (; taken < n && !state_->waiting.empty(); ++taken) {
            const std::uint64_t place = state_->waiting.front();
            state_->waiting.pop_front();
            items[taken] = state_->disk->items.at(place);
            items[taken].lease = place;
        }
        state_->disk->most_out = std::max(state_->disk->most_out, state_->disk->items.size() - state_->waiting.size());
        return taken;
    }
    void ack(std::uint64_t lease) override { settle(lease, true, false); }
    void reject(std::uint64_t lease, const Error&) override { settle(lease, true, true); }
    void nack(std::uint64_t lease, Duration, std::uint32_t attempts, const Error*) override {
        state_->disk->items.at(lease).attempts = attempts;
        settle(lease, false, false);
    }
    void extend(std::uint64_t lease, Duration, std::uint32_t attempts, const Error&) override {
        state_->disk->items.at(lease).attempts = attempts;
    }
    queue::Depth depth() const override { return {state_->disk->items.size(), 0}; }
    void close() override { state_->listener = nullptr; }
    bool forgets() const override { return false; }
    bool durable() const override { return true; }

private:
    struct State : std::enable_shared_from_this<State> {
        State(World& w, std::uint64_t seed, std::shared_ptr<Disk> d) : world(w), random(seed), disk(std::move(d)) {}
        World& world;
        std::mt19937_64 random;
        const std::shared_ptr<Disk> disk;
        std::deque<std::uint64_t> waiting;
        Listener* listener = nullptr;
        void later(std::function<void(State&)> what) {
            const auto d = static_cast<Duration>(random() % 5 * static_cast<std::uint64_t>(millisecond));
            world.at(after(world.now(), d), [self = shared_from_this(), what = std::move(what)] {
                if (self->listener != nullptr) what(*self);
            });
        }
    };
    void settle(std::uint64_t lease, bool gone, bool dead) {
        state_->later([lease, gone, dead](State& s) {
            if (gone) s.disk->items.erase(lease);
            s.disk->dead += dead ? 1U : 0U;
            s.listener->settled(lease, nullptr);
        });
    }
    const std::shared_ptr<State> state_;
};

// What one seed draws for all its runs.
struct Ways {
    bool window = false;   // the source sends before it has answers
    bool letters = false;  // what fails for good goes to another queue
    bool batch = false;
};

// All runs of one seed.
class TwoRuns {
public:
    explicit TwoRuns(std::uint64_t seed, Ways ways = {}) : ways_(ways), seed_(seed), random_(seed * 77 + 3) {}

    std::uint64_t draw(std::uint64_t below) { return random_() % below; }

    Outcome run(int count, Duration stop_after, const std::string& policy) {
        Virtual world(seed_, [this] {
            fmt::print(stderr, "every thread waits for ever beside a durable queue, seed {}\n", seed_);
            std::_Exit(3);
        });
        Stage stage;
        stage.options.drain_timeout = 300 * second;
        stage.options.seed = seed_;
        stage.options.queues = [&](const Edge& edge) -> std::unique_ptr<queue::Queue> {
            if (edge.to->name != "to") return nullptr;
            return std::make_unique<StoredQueue>(world, seed_, disk);
        };
        stage.options.letters = [&](const Edge& edge) -> std::shared_ptr<DeadLetters> {
            if (edge.to->name != "to" || !ways_.letters) return nullptr;
            return std::make_shared<DeadLetters>(std::make_unique<StoredQueue>(world, seed_ + 1, letters));
        };
        const int first = next_;
        stage.roles["from"].run = [&, first](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            sdk::Window window(sdk::Node(&host, stage.roles["from"].node));
            for (int n = first; n < first + count && host.stopping(call) == 0; ++n) {
                next_ = n + 1;
                const value::Value v = numbered(n);
                sent[n] =
                    !ways_.window
                        ? host.emit(call, 0, given(v))
                        : static_cast<std::int32_t>(window.emit(sdk::Call(&host, call), {host.values, given(v)}, 10));
            }
            if (window.settle(sdk::Call(&host, call)) != sdk::Status::ok) ++unsettled;
            return FLOWRUN_OK;
        };
        const auto most = static_cast<Duration>(1 + draw(6)) * millisecond;
        stage.roles["to"].handle = [&, most](const flowrun_host& host, flowrun_call* call,
                                             const flowrun_value* message) -> std::int32_t {
            const auto d = static_cast<Duration>(draw(static_cast<std::uint64_t>(most)));
            if (const auto status = host.sleep(call, d); status < 0) return status;
            return handle(number(message, "n"));
        };
        stage.roles["to"].handles = [&, most](const flowrun_host& host, flowrun_call* const* calls,
                                              const flowrun_value* const* messages, std::int32_t* results,
                                              std::size_t n) -> std::int32_t {
            const auto d = static_cast<Duration>(draw(static_cast<std::uint64_t>(most)));
            const auto status = host.sleep(calls[0], d);
            for (std::size_t i = 0; i < n; ++i) results[i] = status < 0 ? status : handle(number(messages[i], "n"));
            return FLOWRUN_OK;
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
        return stage.run(
            world,
            fmt::format("nodes: {{ from: {{uses: source}}, to: {{uses: {}}} }}\nedges:\n  - from.out ~> to: {{ {} }}\n",
                        ways_.batch ? "swarm" : "open", policy),
            meanwhile);
    }
    std::int32_t handle(std::int64_t n) {
        if (++tried[n] <= fails(n)) return FLOWRUN_E_UNAVAILABLE;
        ++handled[n];
        return FLOWRUN_OK;
    }
    // How often a message fails before it is dealt with: some always.
    static std::uint64_t fails(std::int64_t n) { return n % 7 == 3 ? 1 : n % 11 == 5 ? 99 : 0; }

    std::shared_ptr<Disk> disk = std::make_shared<Disk>(), letters = std::make_shared<Disk>();
    std::map<std::int64_t, std::int32_t> sent;
    std::map<std::int64_t, std::uint64_t> tried, handled;
    int unsettled = 0;

private:
    const Ways ways_;
    const std::uint64_t seed_;
    std::mt19937_64 random_;
    int next_ = 0;
};

constexpr std::uint64_t attempts = 4;

std::string drawn_policy(TwoRuns& runs) {
    static constexpr const char* all[] = {"order: none, workers: 3", "order: fifo", "order: none",
                                          "workers: 2, order: by_key, key: \"msg.n % 3\""};
    const char* const backoff = runs.draw(2) == 0 ? "10s" : "2ms";
    return fmt::format("queue: \"sqlite:x.db\", {}, retry: {{ attempts: {}, backoff: {}, jitter: none, factor: 1 }}",
                       all[runs.draw(std::size(all))], attempts, backoff);
}

}  // namespace

TEST_CASE("What a stopped run leaves in a durable queue is found by the next, and nothing is lost or done twice") {
    std::uint64_t persisted = 0, given_back = 0;
    for (const std::uint64_t seed : seeds() | std::views::take(400)) {
        TwoRuns runs(seed);
        const std::string policy = drawn_policy(runs);
        CAPTURE(seed, policy);
        const auto stop = static_cast<Duration>(1 + runs.draw(60)) * millisecond;
        const Outcome first = runs.run(30, stop, policy);
        const Account& a = first.ledger.edges[0];
        CAPTURE(first.left, a.accepted, a.ok, a.failed, a.persisted, first.took);
        REQUIRE(first.drained);
        REQUIRE(a.adds_up());
        REQUIRE(a.left == 0);
        REQUIRE(a.in_doubt == 0);
        REQUIRE(a.persisted == runs.disk->items.size());
        persisted += a.persisted;
        for (const auto& [place, item] : runs.disk->items) given_back += item.attempts != 0 ? 1U : 0U;

        const Outcome second = runs.run(3, 0, policy);
        const Account& b = second.ledger.edges[0];
        REQUIRE(second.drained);
        REQUIRE(b.adds_up());
        REQUIRE(b.found == a.persisted);
        REQUIRE(b.persisted == 0);
        REQUIRE(runs.disk->items.empty());
        REQUIRE(a.failed + b.failed == runs.disk->dead);
        for (const auto& [n, status] : runs.sent) {
            if (status != FLOWRUN_OK) continue;
            CAPTURE(n);
            const std::uint64_t fails = TwoRuns::fails(n);
            REQUIRE(runs.handled[n] == (fails < attempts ? 1U : 0U));
            REQUIRE(runs.tried[n] == std::min(fails + 1, attempts));
        }
    }
    // Else nothing was tried.
    CHECK(persisted > 0);
    CHECK(given_back > 0);
}

TEST_CASE("Windows, batches, rates, keys and dead letters keep a durable edge's promises over stops at any moment") {
    std::uint64_t persisted = 0, letters = 0;
    for (const std::uint64_t seed : seeds() | std::views::take(400)) {
        std::mt19937_64 random(seed * 13 + 5);
        const Ways ways{random() % 2 == 0, random() % 2 == 0, random() % 3 == 0};
        TwoRuns runs(seed, ways);
        static constexpr const char* orders[] = {"order: fifo", "order: none, workers: 3",
                                                 "workers: 2, order: by_key, key: \"msg.n % 3\""};
        const std::string policy = fmt::format(
            "queue: \"sqlite:x.db\", {}{}{}{}, retry: {{ attempts: {}, backoff: {}, jitter: none, factor: 1 }}",
            orders[random() % std::size(orders)], ways.batch ? ", batch: { max: 3, linger: 4ms }" : "",
            random() % 3 == 0 ? ", rate: 300/s" : "",
            random() % 2 == 0 ? fmt::format(", buffer: {}", 1 + random() % 10) : "", attempts,
            random() % 2 == 0 ? "5s" : "3ms");
        CAPTURE(seed, policy, ways.window, ways.letters, ways.batch);
        std::uint64_t in_queue = 0, failed = 0, claimed = 0, accepted = 0, ok = 0;
        for (const bool last : {false, false, true}) {
            const auto stop = last ? 0 : static_cast<Duration>(1 + random() % 80) * millisecond;
            const Outcome outcome = runs.run(25, stop, policy);
            const Account& a = outcome.ledger.edges[0];
            CAPTURE(last, outcome.left, a.accepted, a.ok, a.failed, a.claimed, a.found, a.persisted);
            REQUIRE(outcome.drained);
            REQUIRE(a.adds_up());
            REQUIRE(a.left == 0);
            REQUIRE(a.in_doubt == 0);
            REQUIRE(a.found == in_queue);
            REQUIRE(a.persisted == runs.disk->items.size());
            REQUIRE(runs.unsettled == 0);
            in_queue = a.persisted;
            accepted += a.accepted;
            failed += a.failed;
            claimed += a.claimed;
            ok += a.ok;
            persisted += a.persisted;
            if (ways.letters) REQUIRE_FALSE(outcome.ledger.failed());
        }
        REQUIRE(in_queue == 0);
        std::uint64_t sent = 0, hopeless = 0;
        std::map<std::int64_t, std::uint64_t> dead;
        for (const auto& [place, item] : runs.letters->items)
            ++dead[item.body.get()->member("n")->as_int().value_or(-1)];
        for (const auto& [n, status] : runs.sent) {
            if (status != FLOWRUN_OK) continue;
            CAPTURE(n);
            ++sent;
            const bool fails = TwoRuns::fails(n) >= attempts;
            hopeless += fails ? 1U : 0U;
            REQUIRE(runs.handled[n] == (fails ? 0U : 1U));
            REQUIRE(dead[n] == (fails && ways.letters ? 1U : 0U));
            // Those of one batch have their attempts together: none loses one.
            if (!ways.batch) REQUIRE(runs.tried[n] == std::min(TwoRuns::fails(n) + 1, attempts));
            else REQUIRE(runs.tried[n] >= std::min(TwoRuns::fails(n) + 1, attempts));
        }
        REQUIRE(accepted == sent);
        REQUIRE(ok == sent - hopeless);
        REQUIRE((ways.letters ? claimed : failed) == hopeless);
        REQUIRE((ways.letters ? failed : claimed) == 0);
        REQUIRE(runs.disk->dead == (ways.letters ? 0 : hopeless));
        letters += ways.letters ? hopeless : 0;
    }
    // Else nothing was tried.
    CHECK(letters > 0);
    CHECK(persisted > 0);
}

TEST_CASE("A letter that cannot be put into its queue is a dead letter of its own, and is told") {
    class Full final : public queue::Queue {
    public:
        void open(Listener&) override {}
        Pushed push(queue::Item&, std::uint64_t) override { return Pushed::refused; }
        std::size_t take(queue::Item*, std::size_t) override { return 0; }
        void ack(std::uint64_t) override {}
        void reject(std::uint64_t, const Error&) override {}
        void nack(std::uint64_t, Duration, std::uint32_t, const Error*) override {}
        void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
        queue::Depth depth() const override { return {}; }
        void close() override {}
        bool forgets() const override { return false; }
    };
    Virtual world(1, [] { FAIL("every thread waits for ever"); });
    Stage stage;
    const auto disk = std::make_shared<Disk>();
    stage.options.queues = [&](const Edge&) { return std::make_unique<StoredQueue>(world, 1, disk); };
    stage.options.letters = [](const Edge&) { return std::make_shared<DeadLetters>(std::make_unique<Full>()); };
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["to"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) -> std::int32_t {
        return FLOWRUN_E_PERMANENT;
    };
    const Outcome outcome =
        stage.run(world,
                  "nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n  - from.out ~> to: { queue: "
                  "{ url: \"sqlite:x.db\", dead_letter: dead } }\n");
    CHECK(disk->dead == 3);
    CHECK(disk->items.empty());
    CHECK(outcome.ledger.failed());
    REQUIRE(stage.reports.failures.size() == 3);
    CHECK(stage.reports.failures[0].find("a dead letter cannot be put into 'dead'") != std::string::npos);
}

TEST_CASE("Of what lies in a durable queue no more is in memory than a buffer, whatever the order") {
    for (const char* const order :
         {"order: fifo", "order: none, workers: 3", "workers: 3, order: by_key, key: \"msg.n % 1000\""}) {
        CAPTURE(order);
        TwoRuns runs(1);
        for (int n = 0; n < 2000; ++n) {
            queue::Item item;
            item.body = numbered(7 * 11 * n);  // none of which fails
            runs.disk->items.emplace(++runs.disk->last, std::move(item));
        }
        const Outcome outcome = runs.run(0, 0, std::string("queue: \"sqlite:x.db\", buffer: 100, retry: 1, ") + order);
        CHECK(outcome.ledger.edges[0].ok == 2000);
        CHECK(runs.disk->items.empty());
        // Those in handlers, those that are dealt with and not yet acknowledged, and a handful more come to that.
        CHECK(runs.disk->most_out < 300);
    }
}
