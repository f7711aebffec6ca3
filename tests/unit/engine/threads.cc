// The same engine on the machine's own threads: what virtual time cannot show, and what a thread sanitizer looks at.
#include <atomic>
#include <catch2/catch.hpp>

#include "base/machine.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

TEST_CASE("On real threads two sources and four queues lose nothing and keep the order of each source") {
    Machine world;
    Stage stage;
    constexpr int count = 20000;
    stage.roles["left"] = Stage::numbers(count);
    stage.roles["right"] = Stage::numbers(count);
    stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    std::int64_t sum = 0, last_left = -1, seen = 0;
    bool in_order = true;
    stage.roles["sum"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
        sum += number(message, "n");
        ++seen;
        return FLOWRUN_OK;
    };
    stage.roles["mark"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        std::int64_t n = number(message, "n");
        in_order = in_order && n > last_left;
        last_left = n;
        return host.forward(call, 0, message);
    };
    Outcome outcome = stage.run(
        world,
        "nodes: { left: {uses: source}, right: {uses: source}, mark: {uses: node}, a: {uses: open, with: {role: on}},\n"
        "         b: {uses: node, with: {role: on}}, sum: {uses: node} }\n"
        "edges:\n  - left.out ~> mark: { buffer: 10 }\n  - mark.out ~> a: { buffer: 100 }\n  - right.out ~> a: { "
        "buffer: 3 }\n"
        "  - a.out -> b\n  - b.out ~> sum: { buffer: 50 }\n");
    CHECK(seen == 2 * count);
    CHECK(sum == std::int64_t{count} * (count - 1));
    CHECK(in_order);
    CHECK_FALSE(outcome.ledger.failed());
}

TEST_CASE("On real threads pending calls complete from timers while sources go on, and a stop drains them") {
    Machine world;
    Stage stage;
    std::atomic<int> done{0};
    stage.roles["from"] = Stage::numbers(100000);
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    stage.roles["wait"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        auto* waiting = new Waiting{host, host.pend(call)};
        host.timer(
            stage.roles["wait"].node, 100 * microsecond,
            [](void* user) {
                std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
                w->host.complete(w->ticket, FLOWRUN_OK, nullptr, nullptr);
            },
            waiting);
        done.fetch_add(1);
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    Outcome outcome = stage.run(
        world, "nodes: { from: {uses: source}, wait: {uses: open} }\nedges:\n  - from.out ~> wait: { timeout: 5s }\n",
        [&](Runner& runner) {
            while (done.load() < 200) {}
            runner.stop();
        });
    CHECK(outcome.drained);
    CHECK(outcome.stopped);
    CHECK(outcome.ledger.edges[0].ok == outcome.ledger.edges[0].accepted);
    CHECK_FALSE(outcome.ledger.failed());
}

TEST_CASE("On real threads a cancelled run ends at once and says what it left") {
    Machine world;
    Stage stage;
    stage.roles["from"] = Stage::numbers(100000);
    std::atomic<int> begun{0};
    stage.roles["slow"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        begun.fetch_add(1);
        return host.sleep(call, 10 * second);
    };
    Time before = world.now();
    Outcome outcome = stage.run(
        world, "nodes: { from: {uses: source}, slow: {uses: node} }\nedges:\n  - from.out ~> slow: { buffer: 8 }\n",
        [&](Runner& runner) {
            while (begun.load() < 1) {}
            runner.cancel();
        });
    CHECK(world.now() - before < second);
    CHECK_FALSE(outcome.drained);
    CHECK_FALSE(outcome.hung);
    CHECK(outcome.ledger.edges[0].left + outcome.ledger.edges[0].failed == outcome.ledger.edges[0].accepted);
    CHECK(outcome.ledger.failed());
}
