// A source's window (flowrun/cxx/window.hh) in simulated time: what is sent before the answers to what was sent before are there
// keeps its order, is bounded, fails by itself, and has its answer before the source ends.

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
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>
#include <flowrun/component.hh>

#include "base/virtual.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

value::Value numbered(std::int64_t n) { return *value::parse(fmt::format(R"({{"n":{}}})", n)); }

// Holds what is pushed after a while, all at once that has come in meanwhile, as a store that syncs does. One thread of a
// simulated world runs at a time: no lock.
struct Store {
    std::vector<std::int64_t> pushed;  // in their order
    std::map<std::int64_t, bool> held;
    std::size_t open = 0, most_open = 0;
    std::uint64_t syncs = 0;
    std::function<bool(std::int64_t)> refuses;
};

class SyncingQueue final : public queue::Queue {
public:
    SyncingQueue(World& world, std::uint64_t seed, std::shared_ptr<Store> store)
        : state_(std::make_shared<State>(world, seed, std::move(store))) {}
    ~SyncingQueue() override { close(); }
    void open(Listener& listener) override { state_->listener = &listener; }
    Pushed push(queue::Item& item, std::uint64_t push) override {
        State& s = *state_;
        const std::int64_t n = item.body.get()->member("n")->as_int().value_or(-1);
        s.store->pushed.push_back(n);
        s.store->most_open = std::max(s.store->most_open, ++s.store->open);
        s.coming.push_back({push, n, std::move(item)});
        if (s.coming.size() == 1) s.later([](State& on) { on.sync(); });
        return Pushed::pending;
    }
    std::size_t take(queue::Item* items, std::size_t n) override {
        std::size_t taken = 0;
        for (; taken < n && !state_->waiting.empty(); ++taken) {
            items[taken] = std::move(state_->waiting.front());
            state_->waiting.pop_front();
        }
        return taken;
    }
    void ack(std::uint64_t lease) override { settle(lease); }
    void reject(std::uint64_t lease, const Error&) override { settle(lease); }
    void nack(std::uint64_t lease, Duration, std::uint32_t, const Error*) override { settle(lease); }
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    queue::Depth depth() const override { return {state_->waiting.size(), 0}; }
    void close() override { state_->listener = nullptr; }
    bool forgets() const override { return false; }

private:
    struct Coming {
        std::uint64_t push;
        std::int64_t n;
        queue::Item item;
    };
    struct State : std::enable_shared_from_this<State> {
        State(World& w, std::uint64_t seed, std::shared_ptr<Store> s) : world(w), random(seed), store(std::move(s)) {}
        World& world;
        std::mt19937_64 random;
        const std::shared_ptr<Store> store;
        std::vector<Coming> coming;
        std::deque<queue::Item> waiting;
        std::uint64_t leases = 0;
        Listener* listener = nullptr;
        void later(std::function<void(State&)> what) {
            const auto d = static_cast<Duration>(1 + random() % 5) * millisecond;
            world.at(after(world.now(), d), [self = shared_from_this(), what = std::move(what)] {
                if (self->listener != nullptr) what(*self);
            });
        }
        void sync() {
            ++store->syncs;
            std::vector<Coming> all;
            all.swap(coming);
            const Error why = Error::of(Code::invalid, "not this one");
            for (Coming& one : all) {
                const bool refused = store->refuses && store->refuses(one.n);
                --store->open;
                store->held[one.n] = !refused;
                if (!refused) {
                    one.item.lease = ++leases;
                    waiting.push_back(std::move(one.item));
                }
                listener->pushed(one.push, refused ? &why : nullptr);
                if (listener != nullptr && !refused) listener->arrived();
                if (listener == nullptr) return;
            }
        }
    };
    void settle(std::uint64_t lease) {
        state_->later([lease](State& s) { s.listener->settled(lease, nullptr); });
    }
    const std::shared_ptr<State> state_;
};

class Windowed {
public:
    explicit Windowed(std::uint64_t seed) : random(seed * 31 + 7), seed_(seed) {}

    std::uint64_t draw(std::uint64_t below) { return random() % below; }

    void sends(std::int64_t count, std::uint64_t size = 10) {
        stage.roles["from"].run = [this, count, size](const flowrun_host& host, flowrun_call* raw) -> std::int32_t {
            const sdk::Call call(&host, raw);
            sdk::Window window(sdk::Node(&host, stage.roles["from"].node));
            for (std::int64_t n = 0; n < count && host.stopping(raw) == 0; ++n) {
                const value::Value v = numbered(n);
                const auto status =
                    window.emit(call, {host.values, reinterpret_cast<const flowrun_value*>(v.get())}, size);
                if (!sdk::is_error(status)) sent.push_back(n);
                most_open = std::max(most_open, window.sent() - window.dealt_with());
            }
            settled = window.settle(call) == sdk::Status::ok;
            dealt_with = window.dealt_with();
            all = window.sent();
            return FLOWRUN_OK;
        };
    }

    Outcome run(const std::string& nodes, const std::string& edges,
                const std::function<void(Runner&)>& meanwhile = {}) {
        Virtual world(seed_, [this] {
            fmt::print(stderr, "every thread waits for ever behind a window, seed {}\n", seed_);
            std::_Exit(3);
        });
        world_ = &world;
        stage.options.seed = seed_;
        stage.options.queues = [&](const Edge& edge) -> std::unique_ptr<queue::Queue> {
            if (edge.to->name != "to") return nullptr;
            return std::make_unique<SyncingQueue>(world, seed_, store);
        };
        if (!stage.roles["to"].handle) {
            stage.roles["to"].handle = [this](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
                handled.push_back(number(message, "n"));
                return FLOWRUN_OK;
            };
        }
        stage.roles["dead"].handle = [this](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            const auto& root = *reinterpret_cast<const value::Node*>(message);
            dead.push_back(number(reinterpret_cast<const flowrun_value*>(root.member("msg")), "n"));
            return FLOWRUN_OK;
        };
        const std::string dead_too = edges.find("-> dead") != std::string::npos ? "dead: {uses: open}, " : "";
        return stage.run(world, "nodes: { from: {uses: source}, " + dead_too + nodes + " }\nedges:\n" + edges,
                         meanwhile);
    }
    void pause(Duration d) {
        std::mutex mutex;
        Condition nobody;
        std::unique_lock lock(mutex);
        const Time until = after(world_->now(), d);
        while (world_->now() < until) world_->wait(nobody, lock, until);
    }

    std::mt19937_64 random;
    Stage stage;
    std::shared_ptr<Store> store = std::make_shared<Store>();
    std::vector<std::int64_t> sent, handled, dead;
    std::vector<std::string> last;
    std::uint64_t most_open = 0, dealt_with = 0, all = 0;
    bool settled = false;

private:
    const std::uint64_t seed_;
    World* world_ = nullptr;
};

auto some_seeds() { return seeds() | std::views::take(200); }

}  // namespace

TEST_CASE("What a window sends is answered many at a time, and comes in its order") {
    std::uint64_t syncs = 0;
    for (const std::uint64_t seed : some_seeds()) {
        CAPTURE(seed);
        Windowed run(seed);
        run.sends(60);
        // Behind a node that forwards, one that emits, one that answers later for some, one that is busy for a while.
        const std::uint64_t kind = run.draw(5);
        CAPTURE(kind);
        struct Later {
            const flowrun_host* host;
            flowrun_ticket* ticket;
            value::Value what;
        };
        std::deque<Later> later;
        run.stage.roles["mid"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                            const flowrun_value* message) -> std::int32_t {
            if (kind == 1) return host.emit(call, 0, message);
            if (kind == 2 && number(message, "n") % 7 == 3) {
                later.push_back(
                    {&host, host.pend(call), value::Value::keep(*reinterpret_cast<const value::Node*>(message))});
                host.timer(
                    run.stage.roles["mid"].node, static_cast<Duration>(run.draw(10)) * millisecond,
                    [](void* user) {
                        auto& one = *static_cast<Later*>(user);
                        const auto passed = [](void* mine, std::int32_t status, const flowrun_value*,
                                               const flowrun_error*) {
                            auto& that = *static_cast<Later*>(mine);
                            that.host->complete(that.ticket, status, nullptr, nullptr);
                        };
                        one.host->emit_async(one.host->call_of(one.ticket), 0,
                                             reinterpret_cast<const flowrun_value*>(one.what.get()), nullptr, passed,
                                             &one);
                    },
                    &later.back());
                return FLOWRUN_PENDING;
            }
            if (kind == 3) host.sleep(call, static_cast<Duration>(run.draw(3)) * millisecond);
            return host.forward(call, 0, message);
        };
        const std::string buffer = run.draw(2) == 0 ? "" : fmt::format("buffer: {}, ", 1 + run.draw(20));
        const Outcome outcome =
            kind == 0
                ? run.run("to: {uses: open}", "  - from.out ~> to: { " + buffer + "queue: \"late:x\" }\n")
                : run.run(fmt::format("mid: {{uses: {}}}, to: {{uses: open}}", run.draw(2) == 0 ? "open" : "polite"),
                          "  - from.out -> mid\n  - mid.out ~> to: { " + buffer + "queue: \"late:x\" }\n");
        REQUIRE(outcome.drained);
        REQUIRE(run.settled);
        REQUIRE(run.sent.size() == 60);
        REQUIRE(run.store->pushed == run.sent);
        REQUIRE(run.handled == run.sent);
        REQUIRE(run.dealt_with == 60);
        if (kind == 0 && buffer.empty()) syncs = std::max(syncs, run.store->syncs);
    }
    CHECK(syncs > 0);
    CHECK(syncs < 10);  // of 60 messages: else it waits for each
}

TEST_CASE("A window has no more under way than its bounds, of messages and of bytes") {
    {
        Windowed run(1);
        run.sends(3 * static_cast<std::int64_t>(sdk::Window::messages));
        run.run("to: {uses: open}", "  - from.out ~> to: { buffer: 100000, queue: \"late:x\" }\n");
        CHECK(run.handled.size() == 3 * sdk::Window::messages);
        CHECK(run.store->most_open == sdk::Window::messages);
        CHECK(run.most_open == sdk::Window::messages);
    }
    for (const auto& [size, most] : {std::pair{sdk::Window::bytes / 4, 4U}, std::pair{sdk::Window::bytes * 2, 1U}}) {
        Windowed run(1);
        run.sends(20, size);
        run.run("to: {uses: open}", "  - from.out ~> to: { buffer: 100000, queue: \"late:x\" }\n");
        CHECK(run.handled.size() == 20);
        CHECK(run.store->most_open == most);
    }
}

TEST_CASE("What fails in a window goes to its source's error port, and the rest goes on") {
    for (const std::uint64_t seed : some_seeds()) {
        CAPTURE(seed);
        Windowed run(seed);
        run.sends(40);
        run.store->refuses = [](std::int64_t n) { return n % 9 == 4; };
        const bool routed = run.draw(2) == 0;
        const Outcome outcome = run.run("to: {uses: open}", std::string("  - from.out ~> to: { queue: \"late:x\" }\n") +
                                                                (routed ? "  - from.error -> dead\n" : ""));
        std::vector<std::int64_t> bad, good;
        for (std::int64_t n = 0; n < 40; ++n) (n % 9 == 4 ? bad : good).push_back(n);
        REQUIRE(run.handled == good);
        REQUIRE(run.dealt_with == 40);
        std::ranges::sort(run.dead);  // each by itself
        REQUIRE(run.dead == (routed ? bad : std::vector<std::int64_t>()));
        REQUIRE(outcome.ledger.root_failed == (routed ? 0 : bad.size()));
        REQUIRE(outcome.ledger.failed() != routed);
    }
}

TEST_CASE("A source that is stopped has all answers before it ends, and counts as dealt with no more than was") {
    std::uint64_t refused = 0, stopped = 0;
    for (const std::uint64_t seed : some_seeds()) {
        CAPTURE(seed);
        Windowed run(seed);
        run.sends(100);
        const bool cancels = run.draw(2) == 0;
        run.stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            run.handled.push_back(number(message, "n"));
            host.sleep(call, millisecond);
            return FLOWRUN_OK;
        };
        const Outcome outcome =
            run.run("to: {uses: open}", "  - from.out ~> to: { buffer: 4, queue: \"late:x\" }\n", [&](Runner& runner) {
                run.pause(static_cast<Duration>(run.draw(60)) * millisecond);
                cancels ? runner.cancel() : runner.stop();
            });
        CAPTURE(cancels, run.sent.size(), run.dealt_with);
        if (!cancels) {
            REQUIRE(run.settled);
            REQUIRE(outcome.drained);
            REQUIRE(run.handled == run.sent);
            for (const std::int64_t n : run.sent) REQUIRE(run.store->held[n]);
        }
        for (std::uint64_t n = 0; n < run.dealt_with; ++n) REQUIRE(run.store->held[static_cast<std::int64_t>(n)]);
        if (run.dealt_with < run.all) ++refused;
        if (run.sent.size() < 100) ++stopped;
    }
    CHECK(stopped > 0);
    CHECK(refused > 0);
}

TEST_CASE("Where nothing answers later a window sends as emit does") {
    Windowed run(1);
    run.sends(50);
    run.stage.roles["other"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    run.stage.roles["last"] = Stage::collect(run.last);
    const Outcome outcome =
        run.run("other: {uses: open}, last: {uses: open}", "  - from.out -> other\n  - other.out ~> last\n");
    CHECK(outcome.drained);
    CHECK(run.last.size() == 50);
    CHECK(run.most_open == 0);
    CHECK(run.dealt_with == 50);
}
