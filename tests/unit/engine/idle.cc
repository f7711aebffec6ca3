// Idle means idle: while nothing can be done, no thread runs. In virtual time each turn of the baton is a thread that was
// woken, so that an hour in which all wait for one far timer must not take more than a few.

#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

constexpr Duration hour = 3600 * second;

const flowrun_value* one() {
    static const value::Value v = *value::parse("{\"n\":1}");
    return reinterpret_cast<const flowrun_value*>(v.get());
}

void wait_until(World& world, Time until) {
    std::mutex mutex;
    Condition nobody;
    std::unique_lock lock(mutex);
    while (world.now() < until) world.wait(nobody, lock, until);
}

// How many turns were taken between the second second of a run and the end of its first hour.
struct Hour {
    Virtual world{1, [] { FAIL("every thread waits for ever"); }};
    Stage stage;
    std::uint64_t turns = 0;
    Outcome outcome;

    Hour() { stage.options.drain_timeout = 10 * hour; }
    void run(const std::string& yaml) {
        outcome = stage.run(world, yaml, [this](Runner&) {
            wait_until(world, second);
            const std::uint64_t before = world.turns();
            wait_until(world, hour - second);
            turns = world.turns() - before;
        });
        CHECK(outcome.drained);
        CHECK(outcome.took >= hour);
    }
};
constexpr std::uint64_t few = 10;

// Fails the first time, and is fine from then on.
Role fails_once() {
    Role role;
    role.handle = [failed = false](const flowrun_host& host, flowrun_call* call, const flowrun_value*) mutable {
        return std::exchange(failed, true) ? FLOWRUN_OK : fail(host, call, FLOWRUN_E_UNAVAILABLE, "not now");
    };
    return role;
}

// Answers after an hour.
Role answers_late(Stage& stage, const std::string& name, Duration late = hour) {
    struct Later {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    Role role;
    role.handle = [&stage, name, late](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        const auto due = [](void* user) {
            const std::unique_ptr<Later> l(static_cast<Later*>(user));
            (void)l->host.complete(l->ticket, FLOWRUN_OK, nullptr, nullptr);
        };
        (void)host.timer(stage.roles[name].node, late, due, new Later{host, host.pend(call)});
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    return role;
}

Role sleeps(Duration d) {
    Role role;
    role.handle = [d](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return host.sleep(call, d);
    };
    return role;
}

}  // namespace

TEST_CASE("Nobody runs while a source sleeps for an hour") {
    Hour h;
    h.stage.roles["from"].run = [](const flowrun_host& host, flowrun_call* call) { return host.sleep(call, hour); };
    h.stage.roles["to"] = sleeps(0);
    h.run("nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from ~> to ]\n");
    CHECK(h.turns <= few);
}

TEST_CASE("Nobody runs during an hour of backoff") {
    for (const char* edge :
         {"-> to: { retry: { attempts: 2, backoff: 1h, max_backoff: 1h, jitter: none } }",
          "~> to: { retry: { attempts: 2, backoff: 1h, max_backoff: 1h, jitter: none } }",
          "~> to: { order: none, workers: 4, retry: { attempts: 2, backoff: 1h, max_backoff: 1h, jitter: none } }",
          "~> to: { order: by_key, key: string(msg.n), workers: 4, retry: { attempts: 2, backoff: 1h, "
          "max_backoff: 1h, jitter: none } }"}) {
        INFO(edge);
        Hour h;
        h.stage.roles["from"] = Stage::numbers(3);
        h.stage.roles["to"] = fails_once();
        h.run(std::string("nodes: { from: {uses: source}, to: {uses: node} }\nedges:\n  - from ") + edge + "\n");
        CHECK(h.turns <= few);
    }
}

TEST_CASE("Nobody runs while an answer is out for an hour") {
    for (const char* arrow : {"->", "~>"}) {
        for (const char* kind : {"node", "open", "polite", "foreign"}) {
            INFO(arrow << ' ' << kind);
            Hour h;
            h.stage.roles["from"] = Stage::numbers(1);
            h.stage.roles["to"] = answers_late(h.stage, "to");
            h.run(std::string("nodes: { from: {uses: source}, to: {uses: ") + kind + "} }\nedges: [ from " + arrow +
                  " to ]\n");
            CHECK(h.turns <= few);
        }
    }
}

TEST_CASE("Nobody runs while a handler sleeps for an hour") {
    for (const char* kind : {"node", "open", "polite", "foreign"}) {
        INFO(kind);
        Hour h;
        h.stage.roles["from"] = Stage::numbers(3);
        h.stage.roles["to"] = sleeps(hour);
        h.run(std::string("nodes: { from: {uses: source}, to: {uses: ") + kind + "} }\nedges: [ from ~> to ]\n");
        CHECK(h.turns <= few);
    }
}

TEST_CASE("Nobody runs while a handler holds its thread for an hour, though another waits to be begun") {
    Hour h;
    h.stage.roles["from"] = Stage::numbers(4);
    h.stage.roles["to"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
        wait_until(h.world, h.world.now() + (number(message, "n") == 0 ? hour : second / 4));
        return FLOWRUN_OK;
    };
    h.run(
        "nodes: { from: {uses: source}, to: {uses: foreign} }\nedges:\n  - from ~> to: { order: none, workers: 2 }\n");
    CHECK(h.turns <= few);
}

TEST_CASE("Nobody runs while others wait for an hour for a node that is busy") {
    for (const char* arrow : {"->", "~>"}) {
        INFO(arrow);
        Hour h;
        for (const char* source : {"a", "b", "c"}) h.stage.roles[source] = Stage::numbers(2);
        h.stage.roles["to"].handle = [first = true](const flowrun_host& host, flowrun_call* call,
                                                    const flowrun_value*) mutable {
            return host.sleep(call, std::exchange(first, false) ? hour : 0);
        };
        const std::string by = std::string(" ") + arrow + " to\n";
        h.run("nodes: { a: {uses: source}, b: {uses: source}, c: {uses: source}, to: {uses: polite} }\nedges:\n  - a" +
              by + "  - b" + by + "  - c" + by);
        CHECK(h.turns <= few);
    }
}

TEST_CASE("Nobody runs while sources wait for room for an hour") {
    for (const char* buffer : {"1", "3", "{ messages: 100, bytes: 30 }"}) {
        INFO(buffer);
        Hour h;
        h.stage.roles["a"] = Stage::numbers(8);
        h.stage.roles["b"] = Stage::numbers(8);
        h.stage.roles["x"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            return host.forward(call, 0, message);
        };
        h.stage.roles["to"].handle = [first = true](const flowrun_host& host, flowrun_call* call,
                                                    const flowrun_value*) mutable {
            return host.sleep(call, std::exchange(first, false) ? hour : 0);
        };
        h.run(
            std::string("nodes: { a: {uses: source}, b: {uses: source}, x: {uses: open}, to: {uses: polite} }\nedges:\n"
                        "  - a -> x\n  - b -> x\n  - x ~> to: { buffer: ") +
            buffer + " }\n");
        CHECK(h.turns <= few);
    }
}

TEST_CASE("Nobody runs while hundreds of pending calls wait for room for an hour") {
    struct Sending {
        const flowrun_host& host;
        flowrun_ticket* ticket;
        static void done(void* user, std::int32_t, const flowrun_value*, const flowrun_error*) {
            const std::unique_ptr<Sending> s(static_cast<Sending*>(user));
            (void)s->host.complete(s->ticket, FLOWRUN_OK, nullptr, nullptr);
        }
    };
    Hour h;
    h.stage.roles["from"] = Stage::numbers(600);
    h.stage.roles["many"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        auto* const sending = new Sending{host, host.pend(call)};
        REQUIRE(host.emit_async(call, 0, message, nullptr, &Sending::done, sending) == FLOWRUN_OK);
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    h.stage.roles["to"].handle = [first = true](const flowrun_host& host, flowrun_call* call,
                                                const flowrun_value*) mutable {
        return host.sleep(call, std::exchange(first, false) ? hour : 0);
    };
    h.run(
        "nodes: { from: {uses: source}, many: {uses: open}, to: {uses: polite} }\nedges:\n"
        "  - from ~> many: { workers: 600, order: none, buffer: 600 }\n  - many ~> to: { buffer: 2 }\n");
    CHECK(h.turns <= few);
}

TEST_CASE("Nobody runs while a batch lingers, or a rate lets nothing through, for an hour") {
    for (const char* edge : {"batch: { max: 10, linger: 1h }", "rate: 1/h", "rate: 1/h, order: none, workers: 3"}) {
        INFO(edge);
        Hour h;
        h.stage.roles["from"].run = [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            if (host.emit(call, 0, one()) != FLOWRUN_OK || host.emit(call, 0, one()) != FLOWRUN_OK)
                return FLOWRUN_E_FAILED;
            return host.sleep(call, hour + second);
        };
        h.stage.roles["to"] = sleeps(0);
        h.run(std::string("nodes: { from: {uses: source}, to: {uses: polite} }\nedges:\n  - from ~> to: { ") + edge +
              " }\n");
        CHECK(h.turns <= few);
    }
}

TEST_CASE("Nobody runs while a drain waits for an hour, stopped or not") {
    for (const bool stopped : {false, true}) {
        INFO(stopped);
        Hour h;
        h.stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int i = 0; i < 3; ++i) (void)host.emit(call, 0, one());
            return stopped ? host.sleep(call, 2 * hour) : FLOWRUN_OK;
        };
        h.stage.roles["to"] = answers_late(h.stage, "to");
        h.outcome = h.stage.run(
            h.world,
            "nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n  - from ~> to: { order: none, workers: 3 }\n",
            [&](Runner& runner) {
                wait_until(h.world, second / 2);
                if (stopped) runner.stop();
                wait_until(h.world, second);
                const std::uint64_t before = h.world.turns();
                wait_until(h.world, hour - second);
                h.turns = h.world.turns() - before;
            });
        CHECK(h.outcome.drained);
        CHECK(h.turns <= few);
    }
}

// Here a deadline is in force. A timer at the deadline would do; a watch that looks once a second is tolerated, one that
// looks oftener is not.
TEST_CASE("Hardly anybody runs during an hour in which a deadline is in force") {
    for (const char* kind : {"node", "open", "polite", "foreign"}) {
        for (const char* arrow : {"->", "~>"}) {
            INFO(kind << ' ' << arrow);
            Hour h;
            h.stage.roles["from"] = Stage::numbers(1);
            h.stage.roles["to"] = sleeps(2 * hour);
            h.stage.roles["dead"] = sleeps(0);
            h.run(std::string("nodes: { from: {uses: source}, to: {uses: ") + kind +
                  "}, dead: {uses: node} }\nedges:\n  - from " + arrow +
                  " to: { timeout: 1h }\n  - to.error -> dead\n");
            CHECK(h.outcome.ledger.edges[0].claimed == 1);
            CHECK(h.turns <= 2 * 3600);
        }
    }
}
