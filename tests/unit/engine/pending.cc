// Calls that are answered at the worst of moments: before anybody waits for them, and just as their time is up.
#include <memory>
#include <ranges>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

TEST_CASE("A call that is answered before its handler has returned is answered") {
    for (const char* arrow : {"->", "~>"}) {
        CAPTURE(arrow);
        Stage stage;
        stage.roles["from"] = Stage::numbers(20);
        stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            flowrun_ticket* const ticket = host.pend(call);
            const bool fails = number(message, "n") % 4 == 3;
            CHECK(host.complete(ticket, fails ? FLOWRUN_E_PERMANENT : FLOWRUN_OK, nullptr, nullptr) == FLOWRUN_OK);
            CHECK(host.complete(ticket, FLOWRUN_OK, nullptr, nullptr) < 0);  // once
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
        const Outcome outcome = stage.run(
            std::string("nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n  - from.out ") + arrow + " to\n");
        CHECK(outcome.ledger.edges[0].ok == 15);
        CHECK(outcome.ledger.edges[0].failed == 5);
    }
}

TEST_CASE("A call that is answered just as its time is up has one result, and who answers is told which") {
    struct Later {
        const flowrun_host& host;
        flowrun_ticket* ticket;
        int& in_time;
        static void due(void* user) {
            Later& l = *static_cast<Later*>(user);
            if (l.host.complete(l.ticket, FLOWRUN_OK, nullptr, nullptr) == FLOWRUN_OK) ++l.in_time;
        }
    };
    int answered = 0, given_up = 0;
    for (const std::uint64_t seed : seeds() | std::views::take(300)) {
        Stage stage;
        int in_time = 0;
        std::vector<std::unique_ptr<Later>> laters;
        Virtual world(seed);
        stage.options.cores = 1;
        // Holds the only worker from before the answers until after the deadline.
        stage.roles["other"].run = [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            host.sleep(call, 8 * millisecond);
            const value::Value empty = *value::parse("{}");
            const auto* given = reinterpret_cast<const flowrun_value*>(empty.get());
            return host.emit(call, 0, given);
        };
        stage.roles["hog"].handle = [&world](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            std::mutex mutex;
            Condition nobody;
            std::unique_lock lock(mutex);
            const Time until = after(world.now(), 4 * millisecond);
            while (world.now() < until) world.wait(nobody, lock, until);
            return FLOWRUN_OK;
        };
        stage.roles["from"] = Stage::numbers(12);
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            // Three at once: of those some before their time is up, some after.
            const Duration wait = (9 + number(message, "n") % 3) * millisecond;
            // Owned here: the timer of a run that is over never comes.
            Later& later = *laters.emplace_back(std::make_unique<Later>(Later{host, host.pend(call), in_time}));
            host.timer(stage.roles["to"].node, wait, &Later::due, &later);
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
        const Outcome outcome = stage.run(
            world,
            "nodes: { from: {uses: source}, to: {uses: open}, other: {uses: source}, hog: {uses: foreign} }\nedges:\n"
            "  - from.out ~> to: { timeout: 10ms, workers: 3, order: none }\n  - other.out ~> hog\n");
        const Account& a = outcome.ledger.edges[0];
        if (a.ok != static_cast<std::uint64_t>(in_time) || a.ok + a.failed != 12)
            FAIL("seed " << seed << ": " << in_time << " answered in time, " << a.ok << " ok, " << a.failed
                         << " failed");
        answered += in_time;
        given_up += 12 - in_time;
    }
    CHECK(answered > 0);
    CHECK(given_up > 0);
}
