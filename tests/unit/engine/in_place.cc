// What a source sends without waiting, where it is dealt with on the source's own thread.

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/call/run_context.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

value::Value message(int n) { return *value::parse("{\"n\":" + std::to_string(n) + "}"); }
const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }

// Sends `count` messages, each when the one before is done; at_once: how many were done before emit_async returned.
struct Sender {
    int count, at_once = 0, done = 0;
    bool is_done = false;
    std::int32_t last = FLOWRUN_OK;
    Role role() {
        Role role;
        role.run = [this](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int i = 0; i < count; ++i) {
                const value::Value one = message(i);
                is_done = false;
                const auto tell = [](void* user, std::int32_t status, const flowrun_value*, const flowrun_error*) {
                    auto& mine = *static_cast<Sender*>(user);
                    mine.is_done = true;
                    mine.last = status;
                    ++mine.done;
                };
                REQUIRE(host.emit_async(call, 0, given(one), nullptr, tell, this) == FLOWRUN_OK);
                if (is_done) ++at_once;
                while (!is_done) (void)host.sleep(call, millisecond);
            }
            return FLOWRUN_OK;
        };
        return role;
    }
};

Role passing() {
    Role role;
    role.handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* m) {
        return host.forward(call, 0, m);
    };
    return role;
}

// How many of ten are done in place. `a` passes on, `b` and `c` take.
int in_place(const std::string& a, const std::string& b, const std::string& edges) {
    Stage stage;
    Sender sender{.count = 10};
    std::vector<std::string> got;
    stage.roles["from"] = sender.role();
    stage.roles["a"] = passing();
    stage.roles["b"] = Stage::collect(got);
    stage.roles["c"] = Stage::collect(got);
    const std::string c = edges.find(" c") == std::string::npos ? "" : ", c: {uses: " + b + "}";
    const Outcome outcome =
        stage.run("nodes: { from: {uses: source}, a: {uses: " + a + "}, b: {uses: " + b + "}" + c + " }\n" + edges);
    CHECK(sender.done == 10);
    CHECK_FALSE(outcome.ledger.failed());
    return sender.at_once;
}

}  // namespace

TEST_CASE("What is sent without waiting is dealt with in place where nothing behind it waits, and nowhere else") {
    const std::string p = "prompt";
    CHECK(in_place(p, p, "edges: [from -> a -> b]") == 10);
    CHECK(in_place(p, p, "edges: [from -> a, a -> b, a -> c]") == 10);
    CHECK(in_place(p, p, "edges: [from -> a -> b, from.error -> c]") == 10);
    CHECK(in_place(p, p,
                   "edges:\n  - from -> a\n  - a ~> b: { overflow: error }\n  - a ~> c: { overflow: drop_oldest }\n") ==
          10);

    CHECK(in_place(p, "open", "edges: [from -> a -> b]") == 0);
    CHECK(in_place("open", p, "edges: [from -> a -> b]") == 0);
    CHECK(in_place(p, "node", "edges: [from -> a, a.error -> b]") == 0);
    CHECK(in_place(p, "node", "edges: [from -> a, from.error -> b]") == 0);
    CHECK(in_place(p, p, "edges:\n  - from -> a\n  - a ~> b: { overflow: block }\n") == 0);
    CHECK(in_place(p, p, "edges:\n  - from -> a\n  - a -> b: { retry: { attempts: 2 } }\n") == 0);
    CHECK(in_place(p, p, "edges:\n  - from -> a: { retry: { attempts: 2 } }\n  - a -> b\n") == 0);
    CHECK(in_place("prompt, fanout: parallel", p, "edges: [from -> a, a -> b, a -> c]") == 0);
}

TEST_CASE("Where it turns out to take long another thread does it, until it is short again") {
    Stage stage;
    Sender sender{.count = 200};
    int entered = 0;
    stage.roles["from"] = sender.role();
    stage.roles["a"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return ++entered <= 100 ? host.sleep(call, millisecond) : FLOWRUN_OK;
    };
    stage.run("nodes: { from: {uses: source}, a: {uses: prompt} }\nedges: [from -> a]\n");
    CHECK(entered == 200);
    CHECK(sender.at_once > 50);
    CHECK(sender.at_once < 100);  // the first of the slow ones, and then the quick ones but for the first few of them
}

TEST_CASE("One that takes far too long in place keeps others out of there for a thousand times as long") {
    Stage stage;
    int entered = 0;
    std::vector<Time> at_once;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        for (int i = 0; i < 60; ++i) {
            bool done = false;
            const value::Value one = message(i);
            const auto tell = [](void* user, std::int32_t, const flowrun_value*, const flowrun_error*) {
                *static_cast<bool*>(user) = true;
            };
            REQUIRE(host.emit_async(call, 0, given(one), nullptr, tell, &done) == FLOWRUN_OK);
            if (done) at_once.push_back(host.now());
            (void)host.sleep(call, second);
            REQUIRE(done);
        }
        return FLOWRUN_OK;
    };
    stage.roles["a"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return ++entered == 2 ? host.sleep(call, 20 * millisecond) : FLOWRUN_OK;
    };
    stage.run("nodes: { from: {uses: source}, a: {uses: prompt} }\nedges: [from -> a]\n");
    REQUIRE(at_once.size() > 10);
    CHECK(at_once[1] < 3 * second);    // the slow one
    CHECK(at_once[2] >= 20 * second);  // after it the first in place again
    CHECK(at_once[2] < 50 * second);
}

TEST_CASE("A source that sends the next when one is done does not do so on one stack for ever") {
    constexpr int many = 200'000;
    struct Chain {
        const flowrun_host* host = nullptr;
        flowrun_call* call = nullptr;
        std::atomic<int> done{0};
        static void next(void* user, std::int32_t, const flowrun_value*, const flowrun_error*) {
            auto& mine = *static_cast<Chain*>(user);
            const int n = ++mine.done;
            if (n >= many) return;
            const value::Value one = message(n);
            (void)mine.host->emit_async(mine.call, 0, given(one), nullptr, &Chain::next, user);
        }
    };
    Stage stage;
    Chain chain;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        chain.host = &host;
        chain.call = call;
        const value::Value one = message(0);
        REQUIRE(host.emit_async(call, 0, given(one), nullptr, &Chain::next, &chain) == FLOWRUN_OK);
        while (chain.done < many) (void)host.sleep(call, millisecond);
        return FLOWRUN_OK;
    };
    stage.roles["a"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    const Outcome outcome = stage.run("nodes: { from: {uses: source}, a: {uses: prompt} }\nedges: [from -> a]\n");
    CHECK(chain.done == many);
    CHECK(outcome.ledger.messages == many);
    CHECK_FALSE(outcome.ledger.failed());
}

TEST_CASE("What is dealt with in place may fail, become pending or time out as elsewhere, whatever the interleaving") {
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        std::vector<std::unique_ptr<Waiting>> waiting;  // outlasts the run, which may end before the later timers
        Stage stage;
        constexpr int count = 24;
        std::map<std::int32_t, int> results;
        std::vector<std::string> caught, got;
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int i = 0; i < count; ++i) {
                const value::Value one = message(i);
                const auto tell = [](void* user, std::int32_t status, const flowrun_value*, const flowrun_error*) {
                    ++(*static_cast<std::map<std::int32_t, int>*>(user))[status];
                };
                REQUIRE(host.emit_async(call, 0, given(one), nullptr, tell, &results) == FLOWRUN_OK);
            }
            return FLOWRUN_OK;
        };
        stage.roles["a"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* m) {
            const std::int64_t n = number(m, "n");
            if (n % 4 == 0) return host.forward(call, 0, m);
            if (n % 4 == 1) return fail(host, call, FLOWRUN_E_PERMANENT, "no");
            // Answers in half a second, or after its time.
            waiting.push_back(std::make_unique<Waiting>(Waiting{host, host.pend(call)}));
            host.timer(
                stage.roles["a"].node, n % 4 == 2 ? second / 2 : 2 * second,
                [](void* user) {
                    const auto& w = *static_cast<Waiting*>(user);
                    (void)w.host.complete(w.ticket, FLOWRUN_OK, nullptr, nullptr);
                },
                waiting.back().get());
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
        stage.roles["b"] = Stage::collect(got);
        stage.roles["caught"] = Stage::collect(caught);
        const Outcome outcome = stage.run(
            "nodes: { from: {uses: source}, a: {uses: prompt}, b: {uses: prompt}, caught: {uses: prompt} }\nedges:\n"
            "  - from -> a: { timeout: 1s }\n  - a -> b\n  - a.error -> caught\n",
            seed);
        REQUIRE(results == std::map<std::int32_t, int>{{FLOWRUN_OK, count}});
        REQUIRE(got.size() == count / 4);
        REQUIRE(caught.size() == count / 2);
        REQUIRE(outcome.ledger.edges[0].ok == count / 2);
        REQUIRE(outcome.ledger.edges[0].claimed == count / 2);
        REQUIRE_FALSE(outcome.ledger.failed());
    }
}
