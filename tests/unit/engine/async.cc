#include <catch2/catch.hpp>

#include "base/machine.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

Role slow(std::vector<std::string>& into, Duration each) {
    Role role;
    role.handle = [&into, each](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        std::int32_t status = host.sleep(call, each);
        if (status == FLOWRUN_OK) into.push_back(text(message));
        return status;
    };
    return role;
}

std::vector<std::string> numbers(int n) {
    std::vector<std::string> all;
    for (int i = 0; i < n; ++i) all.push_back("{\"n\":" + std::to_string(i) + "}");
    return all;
}

}  // namespace

TEST_CASE("Every accepted message of an async chain arrives, in order, whatever the interleaving") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::vector<std::string> got;
        stage.roles["from"] = Stage::numbers(50);
        stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            return host.forward(call, 0, message);
        };
        stage.roles["to"] = Stage::collect(got);
        Outcome outcome = stage.run(
            "nodes: { from: {uses: source}, a: {uses: open, with: {role: on}}, b: {uses: node, with: {role: on}}, to: "
            "{uses: node} }\n"
            "edges:\n  - from.out ~> a: { buffer: 3 }\n  - a.out ~> b: { buffer: 1 }\n  - b.out ~> to: { buffer: 7 }\n",
            seed);
        REQUIRE(got == numbers(50));
        REQUIRE(outcome.drained);
        REQUIRE_FALSE(outcome.ledger.failed());
    }
}

TEST_CASE("A full queue makes its emitter wait, and holds no more than its bound") {
    Stage stage;
    std::vector<std::string> got;
    int emitted = 0;
    std::vector<int> ahead;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        for (; emitted < 20; ++emitted) {
            value::Value v = *value::parse("1");
            if (host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get())) < 0) return FLOWRUN_E_FAILED;
            ahead.push_back(emitted + 1 - static_cast<int>(got.size()));
        }
        return FLOWRUN_OK;
    };
    stage.roles["to"] = slow(got, 10 * millisecond);
    stage.run("nodes: { from: {uses: source}, to: {uses: node} }\nedges:\n  - from.out ~> to: { buffer: 4 }\n");
    CHECK(got.size() == 20);
    CHECK(*std::max_element(ahead.begin(), ahead.end()) <= 5);  // four queued, one in delivery
    CHECK(*std::max_element(ahead.begin(), ahead.end()) >= 4);
}

TEST_CASE("An async failure that nobody claims is counted, reported, and fails the run") {
    Stage stage;
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return number(message, "n") == 1 ? fail(host, call, FLOWRUN_E_PERMANENT, "no") : FLOWRUN_OK;
    };
    Outcome outcome = stage.run("nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from.out ~> to ]\n");
    CHECK(stage.reports.failures == std::vector<std::string>{"from.out ~> to: permanent: no"});
    CHECK(outcome.ledger.failed());
    CHECK(outcome.ledger.edges[0].ok == 2);
    CHECK(outcome.ledger.edges[0].failed == 1);
}

TEST_CASE("A pending call holds no thread, and its result comes from a timer") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::vector<std::string> got;
        stage.roles["from"] = Stage::numbers(10);
        struct Waiting {
            const flowrun_host& host;
            flowrun_ticket* ticket;
            const flowrun_value* kept;
        };
        stage.roles["wait"].handle = [&stage](const flowrun_host& host, flowrun_call* call,
                                              const flowrun_value* message) {
            auto* waiting = new Waiting{host, host.pend(call), host.values->retain(message)};
            host.timer(
                stage.roles["wait"].node, 100 * millisecond,
                [](void* user) {
                    std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
                    std::int32_t status = w->host.emit(w->host.call_of(w->ticket), 0, w->kept);
                    w->host.values->release(w->kept);
                    w->host.complete(w->ticket, status, nullptr, nullptr);
                },
                waiting);
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
        stage.roles["to"] = Stage::collect(got);
        Outcome outcome = stage.run(
            "nodes: { from: {uses: source}, wait: {uses: node}, to: {uses: node} }\n"
            "edges: [ from.out ~> wait, wait.out -> to ]\n",
            seed);
        REQUIRE(got == numbers(10));
        REQUIRE(outcome.took >= 10 * 100 * millisecond);
        REQUIRE(outcome.took < 11 * 100 * millisecond);
        REQUIRE_FALSE(outcome.ledger.failed());
    }
}

TEST_CASE("A pending call under a sync edge gives its result to the emitter that waits") {
    Stage stage;
    std::vector<std::int32_t> results;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
        value::Value v = *value::parse("1");
        for (int i = 0; i < 3; ++i)
            results.push_back(host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get())));
        return FLOWRUN_OK;
    };
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    stage.roles["wait"].handle = [&stage](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        auto* waiting = new Waiting{host, host.pend(call)};
        host.timer(
            stage.roles["wait"].node, second,
            [](void* user) {
                std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
                w->host.complete(w->ticket, FLOWRUN_E_UNAVAILABLE, nullptr, nullptr);
            },
            waiting);
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    stage.run("nodes: { from: {uses: source}, wait: {uses: node} }\nedges: [ from.out -> wait ]\n");
    CHECK(results == std::vector<std::int32_t>(3, FLOWRUN_E_UNAVAILABLE));
}

TEST_CASE("A timeout ends a delivery that waits through the host, and its error route gets it") {
    Stage stage;
    std::vector<std::string> got, caught;
    stage.roles["from"] = Stage::numbers(2);
    stage.roles["to"] = slow(got, 10 * second);
    stage.roles["catch"] = Stage::collect(caught);
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, to: {uses: open}, catch: {uses: node} }\n"
        "edges:\n  - from.out ~> to: { timeout: 1s }\n  - to.error -> catch\n");
    CHECK(got.empty());
    REQUIRE(caught.size() == 2);
    CHECK(caught[0].find(R"("code":"timeout")") != std::string::npos);
    CHECK(outcome.took < 2200 * millisecond);
    CHECK(outcome.ledger.edges[0].claimed == 2);
}

TEST_CASE("What a call does after it was given up is refused, whatever it does") {
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
        const flowrun_value* kept;
        std::vector<std::int32_t>& said;
    };
    for (int what : {0, 1, 2}) {
        CAPTURE(what);
        Stage stage;
        std::vector<std::string> got, caught;
        std::vector<std::int32_t> said;
        stage.roles["from"] = Stage::numbers(2);
        // It is told to wait for a second, and goes on after two.
        stage.roles["wait"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            auto* waiting = new Waiting{host, host.pend(call), host.values->retain(message), said};
            const flowrun_timer_fn act[] = {
                [](void* user) {
                    auto& w = *static_cast<Waiting*>(user);
                    w.said.push_back(w.host.emit(w.host.call_of(w.ticket), 0, w.kept));
                },
                [](void* user) {
                    auto& w = *static_cast<Waiting*>(user);
                    const auto done = [](void*, std::int32_t, const flowrun_value*, const flowrun_error*) {
                        FAIL("it was taken");
                    };
                    w.said.push_back(w.host.emit_async(w.host.call_of(w.ticket), 0, w.kept, nullptr, done, &w));
                },
                [](void* user) {
                    auto& w = *static_cast<Waiting*>(user);
                    flowrun_error error{};
                    error.size = sizeof error;
                    error.code = FLOWRUN_E_FAILED;
                    w.said.push_back(w.host.raise(w.host.call_of(w.ticket), &error, w.kept));
                },
            };
            host.timer(stage.roles["wait"].node, 2 * second, act[what], waiting);
            host.timer(
                stage.roles["wait"].node, 3 * second,
                [](void* user) {
                    const std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
                    w->host.values->release(w->kept);
                    w->host.complete(w->ticket, FLOWRUN_OK, nullptr, nullptr);
                },
                waiting);
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
        stage.roles["to"] = Stage::collect(got);
        stage.roles["catch"] = Stage::collect(caught);
        // Its own sources of work keep the run going until all of that has been tried.
        stage.roles["tail"].run = [](const flowrun_host& host, flowrun_call* call) {
            return host.sleep(call, 10 * second);
        };
        Outcome outcome = stage.run(
            "nodes: { from: {uses: source}, wait: {uses: open}, to: {uses: node}, catch: {uses: node}, tail: {uses: "
            "source} }\nedges:\n"
            "  - from.out ~> wait: { timeout: 1s, workers: 2, order: none }\n  - wait.out -> to\n"
            "  - wait.error -> catch\n  - tail.out -> to\n");
        CHECK(said == std::vector<std::int32_t>(2, FLOWRUN_E_CANCELLED));
        CHECK(got.empty());
        REQUIRE(caught.size() == 2);
        for (const std::string& one : caught) CHECK(one.find(R"("code":"timeout")") != std::string::npos);
        CHECK(outcome.ledger.raised == 0);
    }
}

TEST_CASE("A timeout fires although the callee never looks, and the run goes on") {
    Machine world;
    Stage stage;
    std::vector<std::int32_t> results;
    std::atomic<bool> let_go{false};
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
        value::Value v = *value::parse("1");
        for (int i = 0; i < 2; ++i) {
            Time begun = host.now();
            results.push_back(host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get())));
            CHECK(host.now() - begun < 250 * millisecond);
        }
        let_go = true;
        return FLOWRUN_OK;
    };
    stage.roles["spin"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value*) {
        while (!let_go) {}
        return FLOWRUN_OK;
    };
    Outcome outcome = stage.run(
        world,
        "nodes: { from: {uses: source}, spin: {uses: node} }\nedges:\n  - from.out -> spin: { timeout: 100ms }\n");
    CHECK(results == std::vector<std::int32_t>(2, FLOWRUN_E_TIMEOUT));
    CHECK(outcome.ledger.root_failed == 2);
}

TEST_CASE("A stop lets the sources end and drains what was accepted") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Virtual world(seed);
        Stage stage;
        std::vector<std::string> got;
        stage.roles["from"] = Stage::numbers(1000000, 10 * millisecond);
        stage.roles["to"] = slow(got, 25 * millisecond);
        Outcome outcome = stage.run(
            world, "nodes: { from: {uses: source}, to: {uses: node} }\nedges:\n  - from.out ~> to: { buffer: 5 }\n",
            [&](Runner& runner) {
                std::mutex mutex;
                Condition none;
                std::unique_lock lock(mutex);
                world.wait(none, lock, world.now() + second);
                runner.stop();
            });
        REQUIRE(outcome.stopped);
        REQUIRE(outcome.drained);
        REQUIRE_FALSE(outcome.ledger.failed());
        REQUIRE(got.size() == outcome.ledger.edges[0].accepted);
        REQUIRE(got.size() > 30);
        REQUIRE(outcome.took < 1300 * millisecond);
    }
}

TEST_CASE("Drain goes from the sources down: end is called once all inputs have ended, and may emit") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::vector<std::string> got;
        stage.roles["from"] = Stage::numbers(10);
        int sum = 0;
        stage.roles["sum"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            sum += static_cast<int>(number(message, "n"));
            return FLOWRUN_OK;
        };
        stage.roles["sum"].end = [&](const flowrun_host& host, flowrun_call* call) {
            value::Value v = *value::parse(std::to_string(sum));
            return host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
        };
        stage.roles["to"] = Stage::collect(got);
        stage.run(
            "nodes: { from: {uses: source}, sum: {uses: node}, to: {uses: node} }\nedges: [ from.out ~> sum, sum.out "
            "~> to ]\n",
            seed);
        REQUIRE(got == std::vector<std::string>{"45"});
    }
}

TEST_CASE("Spans keep their parents across async edges, and one trace holds a message's hops") {
    Stage stage;
    stage.traced = true;
    std::vector<std::string> got;
    stage.roles["from"] = Stage::numbers(1);
    stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    stage.roles["to"] = Stage::collect(got);
    stage.run(
        "nodes: { from: {uses: source}, a: {uses: node, with: {role: on}}, to: {uses: node} }\nedges: [ from.out -> a, "
        "a.out ~> to ]\n");
    REQUIRE(stage.spans.all.size() == 2);
    const trace::Span& first = stage.spans.all[0].edge == 0 ? stage.spans.all[0] : stage.spans.all[1];
    const trace::Span& second_hop = stage.spans.all[0].edge == 0 ? stage.spans.all[1] : stage.spans.all[0];
    CHECK(first.trace == second_hop.trace);
    CHECK_FALSE(first.trace == trace::TraceId{});
    CHECK(second_hop.parent == first.id);
    CHECK(second_hop.async);
}

TEST_CASE("A failed delivery is tried again after its backoff, and fifo holds what is behind it") {
    Stage stage;
    std::vector<std::string> order;
    int left = 2;
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        flowrun_meta meta{};
        meta.size = sizeof meta;
        host.meta(call, &meta);
        order.push_back(text(message) + "#" + std::to_string(meta.attempt));
        if (number(message, "n") == 1 && left-- > 0) return fail(host, call, FLOWRUN_E_UNAVAILABLE, "not now");
        return static_cast<std::int32_t>(FLOWRUN_OK);
    };
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, to: {uses: node} }\nedges:\n"
        "  - from.out ~> to: { retry: { attempts: 3, backoff: 1s, factor: 2, jitter: none } }\n");
    CHECK(order ==
          std::vector<std::string>{R"({"n":0}#1)", R"({"n":1}#1)", R"({"n":1}#2)", R"({"n":1}#3)", R"({"n":2}#1)"});
    CHECK(outcome.took == Approx(3 * second).epsilon(0.02));
    CHECK(outcome.ledger.edges[0].ok == 3);
    CHECK(outcome.ledger.edges[0].retried == 2);
    CHECK_FALSE(outcome.ledger.failed());
}

TEST_CASE("The error route gets a message once, after the last attempt, or at once when trying again is useless") {
    for (std::int32_t code : {FLOWRUN_E_UNAVAILABLE, FLOWRUN_E_PERMANENT}) {
        for (bool async : {true, false}) {
            CAPTURE(code, async);
            Stage stage;
            int tries = 0;
            std::vector<std::string> caught;
            stage.roles["from"] = Stage::numbers(1);
            stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
                ++tries;
                return fail(host, call, code, "no");
            };
            stage.roles["catch"] = Stage::collect(caught);
            Outcome outcome = stage.run(
                std::string("nodes: { from: {uses: source}, to: {uses: node}, catch: {uses: node} }\nedges:\n") +
                "  - from.out " + (async ? "~>" : "->") +
                " to: { retry: { attempts: 4, backoff: 10ms } }\n  - to.error -> catch\n");
            CHECK(tries == (code == FLOWRUN_E_UNAVAILABLE ? 4 : 1));
            REQUIRE(caught.size() == 1);
            CHECK(caught[0].find("\"attempts\":" + std::to_string(tries)) != std::string::npos);
            CHECK(outcome.ledger.edges[0].claimed == 1);
            CHECK_FALSE(outcome.ledger.failed());
        }
    }
}
