// A source that waits until all that came of its messages is dealt with (flowrun/ext/delivered.h), in simulated time.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <ranges>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>
#include <flowrun/component.hh>

#include "base/virtual.hh"
#include "late_queue.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

// `from` has at most `prefetch` messages without a word, and ends when all have one. One thread of a simulated world runs at
// a time: no lock.
class Keeper {
public:
    explicit Keeper(std::uint64_t seed) : random(seed * 31 + 7), seed_(seed) {}

    std::uint64_t draw(std::uint64_t below) { return random() % below; }

    void sends(std::int64_t count, std::size_t prefetch) {
        stage.roles["from"].run = [this, count, prefetch](const flowrun_host& host, flowrun_call* raw) -> std::int32_t {
            const sdk::Call call(&host, raw);
            const sdk::Delivered delivered(sdk::Node(&host, stage.roles["from"].node));
            for (std::int64_t n = 0; n < count && host.stopping(raw) == 0;) {
                if (open.size() >= prefetch) {
                    (void)call.sleep(millisecond);
                    continue;
                }
                const value::Value v = *value::parse(fmt::format(R"({{"n":{}}})", n));
                open.insert(n);
                marks.push_back({this, n});
                const auto status =
                    delivered.emit(call, 0, {host.values, reinterpret_cast<const flowrun_value*>(v.get())}, nullptr,
                                   &Keeper::done, &marks.back());
                if (sdk::is_error(status)) open.erase(n), ++refused;
                ++n;
            }
            while (!open.empty()) pause(millisecond);
            return FLOWRUN_OK;
        };
    }

    // A handler that takes its time, and is told of by `handled` when it is through.
    Handle sink(Duration longest) {
        return [this, longest](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            if (longest != 0) host.sleep(call, static_cast<Duration>(draw(static_cast<std::uint64_t>(longest))));
            ++handled[number(message, "n")];
            return FLOWRUN_OK;
        };
    }

    Outcome run(const std::string& nodes, const std::string& edges,
                const std::function<void(Runner&)>& meanwhile = {}) {
        Virtual world(seed_, [this] {
            fmt::print(stderr, "every thread waits for ever behind a delivery, seed {}\n", seed_);
            std::_Exit(3);
        });
        world_ = &world;
        stage.options.seed = seed_;
        return stage.run(world, "nodes: { from: {uses: source}, " + nodes + " }\nedges:\n" + edges, meanwhile);
    }
    Time now() const { return world_->now(); }
    World& world() const { return *world_; }
    void pause(Duration d) {
        Mutex mutex{LockRank::runner};
        Condition nobody;
        MutexLock lock(mutex);
        const Time until = after(world_->now(), d);
        while (world_->now() < until) world_->wait(nobody, lock, until);
    }

    struct Word {
        sdk::Status status = sdk::Status::ok;
        std::string error{};
        int handled = 0;  // how often its message had been, then
        Time at = 0;
    };
    std::mt19937_64 random;
    Stage stage;
    std::set<std::int64_t> open;
    std::map<std::int64_t, Word> words;
    std::map<std::int64_t, int> handled;
    int refused = 0;

private:
    struct Mark {
        Keeper* of;
        std::int64_t n;
    };
    static void done(void* user, std::int32_t status, const flowrun_value*, const flowrun_error* error) {
        const Mark& mark = *static_cast<Mark*>(user);
        Keeper& k = *mark.of;
        if (k.open.erase(mark.n) == 0) std::abort();  // twice
        Word& word = k.words[mark.n];
        word.status = static_cast<sdk::Status>(status);
        if (error != nullptr) word.error.assign(error->message, error->message_size);
        word.handled = k.handled[mark.n];
        word.at = k.now();
    }

    std::list<Mark> marks;
    const std::uint64_t seed_;
    World* world_ = nullptr;
};

auto some_seeds() { return seeds() | std::views::take(300); }

}  // namespace

TEST_CASE("A source has its word when what came of a message is dealt with behind all async edges") {
    for (const std::uint64_t seed : some_seeds()) {
        CAPTURE(seed);
        Keeper run(seed);
        run.sends(40, 1 + run.draw(12));
        run.stage.roles["mid"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                            const flowrun_value* message) -> std::int32_t {
            host.sleep(call, static_cast<Duration>(run.draw(3)) * millisecond);
            const bool emits = run.draw(2) == 0;  // else it forwards, which moves the message on as it is
            return emits ? host.emit(call, 0, message) : host.forward(call, 0, message);
        };
        run.stage.roles["a"].handle = run.sink(5 * millisecond);
        run.stage.roles["b"].handle = run.sink(5 * millisecond);
        const std::vector<std::string> ways = {
            "{}",
            "{ workers: 3, order: none }",
            "{ order: by_key, key: \"string(msg.n % 3)\", workers: 4 }",
            "{ buffer: 1 }",
            "{ retry: 3 }",
            "{ timeout: 1s }",
            "{ rate: 500/s }",
            "{ map: \"${msg}\", when: \"msg.n >= 0\" }",
        };
        const bool batch = run.draw(4) == 0;
        const auto way = [&] { return batch ? "{ batch: { max: 4, linger: 3ms } }" : ways[run.draw(ways.size())]; };
        const char* const kinds[] = {"open", "polite", "prompt"};
        const bool fans = run.draw(2) == 0;
        std::string edges = "  - from.out ~> mid: " + way() + "\n  - mid.out ~> a: " + way() + "\n";
        if (fans) edges += "  - mid.out ~> b: " + way() + "\n";
        CAPTURE(edges);
        if (batch) {  // which come as lists
            const Handle sink = run.stage.roles["a"].handle;
            const auto each = [](const Handle& handle) {
                return [handle](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
                    const auto& node = *reinterpret_cast<const value::Node*>(message);
                    if (!node.is(value::Kind::list)) return handle(host, call, message);
                    std::int32_t status = FLOWRUN_OK;
                    for (const value::Node& one : value::elements(node)) {
                        const std::int32_t own = handle(host, call, reinterpret_cast<const flowrun_value*>(&one));
                        status = std::min(status, own);
                    }
                    return status;
                };
            };
            run.stage.roles["a"].handle = run.stage.roles["b"].handle = each(sink);
            run.stage.roles["mid"].handle =
                each([](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
                    return host.emit(call, 0, message);
                });
        }
        const Outcome outcome = run.run(fmt::format("mid: {{uses: {}}}, a: {{uses: {}}}{}", kinds[run.draw(3)],
                                                    kinds[run.draw(2)], fans ? ", b: {uses: open}" : ""),
                                        edges);
        REQUIRE(outcome.drained);
        REQUIRE(run.words.size() == 40);
        for (const auto& [n, word] : run.words) {
            CAPTURE(n);
            REQUIRE(word.status == sdk::Status::ok);
            REQUIRE(word.handled == (fans ? 2 : 1));
        }
    }
}

TEST_CASE(
    "A failure behind an async edge comes to the source, unless a route takes it; what is dropped is dealt with") {
    for (const bool routed : {false, true}) {
        CAPTURE(routed);
        Keeper run(1);
        run.sends(9, 3);
        run.stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            if (number(message, "n") % 3 != 1) return FLOWRUN_OK;
            return sdk::Call(&host, call).fail(sdk::Status::permanent, "not this one") == sdk::Status::ok
                       ? FLOWRUN_OK
                       : FLOWRUN_E_PERMANENT;
        };
        run.stage.roles["dead"].handle = run.sink(0);
        const Outcome outcome = run.run(std::string("to: {uses: open}") + (routed ? ", dead: {uses: open}" : ""),
                                        std::string("  - from.out ~> to\n") + (routed ? "  - to.error ~> dead\n" : ""));
        REQUIRE(run.words.size() == 9);
        for (const auto& [n, word] : run.words) {
            CAPTURE(n, word.error);
            const bool bad = !routed && n % 3 == 1;
            CHECK(word.status == (bad ? sdk::Status::permanent : sdk::Status::ok));
            CHECK((word.error.find("not this one") != std::string::npos) == bad);
        }
        // Where it happened, and not once more at the source.
        CHECK(outcome.ledger.root_failed == 0);
        CHECK(outcome.ledger.failed() != routed);
    }
    Keeper run(1);
    run.sends(50, 50);
    run.stage.roles["to"].handle = run.sink(millisecond);
    const Outcome outcome = run.run("to: {uses: open}", "  - from.out ~> to: { buffer: 2, overflow: drop_oldest }\n");
    CHECK(outcome.ledger.dropped() != 0);
    CHECK(run.words.size() == 50);
    CHECK(std::ranges::all_of(run.words, [](const auto& one) { return one.second.status == sdk::Status::ok; }));
}

TEST_CASE("A run that is cut short tells its source what is not dealt with, and keeps nobody waiting") {
    int cut = 0;
    for (const std::uint64_t seed : some_seeds()) {
        CAPTURE(seed);
        Keeper run(seed);
        run.sends(100, 1 + run.draw(30));
        run.stage.roles["to"].handle = run.sink(20 * millisecond);
        const bool cancels = run.draw(2) == 0;
        const Outcome outcome = run.run(
            "to: {uses: polite}", "  - from.out ~> to: { batch: { max: 1, linger: 1ms } }\n", [&](Runner& runner) {
                run.pause(static_cast<Duration>(run.draw(300)) * millisecond);
                cancels ? runner.cancel() : runner.stop();
            });
        REQUIRE(!outcome.hung);
        REQUIRE(run.open.empty());
        for (const auto& [n, word] : run.words) {
            CAPTURE(n);
            if (word.status == sdk::Status::ok) REQUIRE(word.handled == 1);
            else ++cut;
            if (!cancels) REQUIRE(word.status == sdk::Status::ok);
        }
    }
    CHECK(cut > 0);
}

TEST_CASE("A batch that lingers is not waited for when the run is told to stop") {
    Keeper run(1);
    run.sends(7, 5);
    run.stage.roles["to"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    Time stopped = 0;
    const Outcome outcome =
        run.run("to: {uses: open}", "  - from.out ~> to: { batch: { max: 100, linger: 1h } }\n", [&](Runner& runner) {
            run.pause(second);
            CHECK(run.words.empty());
            stopped = run.now();
            runner.stop();
        });
    CHECK(outcome.drained);
    CHECK(run.words.size() == 5);
    for (const auto& [n, word] : run.words) CHECK(word.at - stopped < second);
}

TEST_CASE("A call that was given up and never comes back does not keep its message's word") {
    Keeper run(1);
    run.sends(3, 1);
    run.stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        if (number(message, "n") != 1) return FLOWRUN_OK;
        const Time until = after(run.now(), 30 * second);
        while (run.now() < until) run.pause(second);  // deaf to its deadline
        static_cast<void>(host), static_cast<void>(call);
        return FLOWRUN_OK;
    };
    run.run("to: {uses: foreign}", "  - from.out ~> to: { timeout: 100ms }\n");
    REQUIRE(run.words.size() == 3);
    CHECK(run.words[0].status == sdk::Status::ok);
    CHECK(run.words[1].status == sdk::Status::timeout);
    CHECK(run.words[1].at < second);
    CHECK(run.words[2].status == sdk::Status::ok);
}
