// One flow run again in the same process, by the same threads: nothing of the first run is left to the second.

#include <catch2/catch.hpp>

#include "base/machine.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

TEST_CASE("A flow is run twice in one process, and each run has its own account") {
    Stage stage;
    Machine machine;
    std::vector<std::string> got;
    int failures = 0;
    stage.roles["from"] = Stage::numbers(50);
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        if (number(message, "n") % 10 == 3) {
            ++failures;
            return fail(host, call, FLOWRUN_E_UNAVAILABLE, "again");
        }
        got.push_back(text(message));
        return static_cast<std::int32_t>(FLOWRUN_OK);
    };
    const std::string yaml =
        "nodes: { from: {uses: source}, to: {uses: node} }\nedges:\n"
        "  - from.out ~> to: { buffer: 3, timeout: 1s, retry: { attempts: 2, backoff: 1ms } }\n";
    for (int run = 0; run < 2; ++run) {
        CAPTURE(run);
        Outcome real = stage.run(machine, yaml);
        Outcome virtual_ = stage.run(yaml);
        for (const Outcome& outcome : {real, virtual_}) {
            CHECK(outcome.ledger.messages == 50);
            CHECK(outcome.ledger.edges[0].accepted == 50);
            CHECK(outcome.ledger.edges[0].ok == 45);
            CHECK(outcome.ledger.edges[0].failed == 5);
            CHECK(outcome.ledger.edges[0].retried == 5);
            CHECK(outcome.drained);
        }
        CHECK(got.size() == 90);
        CHECK(failures == 20);
        got.clear();
        failures = 0;
    }
}
