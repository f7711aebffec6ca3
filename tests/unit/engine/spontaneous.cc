// Calls that no message began: host->begin, from a thread of the component's own.

#include <catch2/catch.hpp>

#include <atomic>

#include "base/machine.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* one() {
    static const value::Value message = *value::parse(R"({"begun":1})");
    return reinterpret_cast<const flowrun_value*>(message.get());
}

// A source that lasts until `over`; then it ends.
Role waiting(std::atomic<bool>& over) {
    Role role;
    role.run = [&over](const flowrun_host& table, flowrun_call* call) -> std::int32_t {
        while (!over && table.sleep(call, millisecond) == FLOWRUN_OK) {}
        return table.stopping(call);
    };
    return role;
}

// Begins a call of the node, emits one message in it and ends it; the emit's status, or 1: it was refused.
std::int32_t begun(flowrun_node* node) {
    flowrun_call* call = host().begin(node);
    if (call == nullptr) return 1;
    const std::int32_t status = host().emit(call, 0, one());
    host().finish(call);
    return status;
}

void unmoved(std::uint64_t seed) { FAIL("every thread waits for ever with seed " << seed); }

}  // namespace

TEST_CASE("A message that a node begins by itself is delivered, over sync and async edges, whatever the interleaving") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        Stage stage;
        std::atomic<bool> over = false;
        std::vector<std::string> got;
        stage.roles["ticks"] = waiting(over);
        stage.roles["own"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
        stage.roles["mid"].handle = [](const flowrun_host& table, flowrun_call* call, const flowrun_value* message) {
            return table.forward(call, 0, message);
        };
        stage.roles["out"] = Stage::collect(got);
        Virtual world(seed, [seed] { unmoved(seed); });
        const Outcome outcome = stage.run(
            world,
            "nodes: { ticks: { uses: source }, own: { uses: node }, mid: { uses: open }, out: { uses: node } }\n"
            "edges: [ticks -> own, own -> mid ~> out]\n",
            [&](Runner&) {
                CHECK(begun(stage.roles["own"].node) == FLOWRUN_OK);
                over = true;
            });
        CHECK(got == std::vector<std::string>{R"({"begun":1})"});
        CHECK(outcome.drained);
        CHECK(outcome.ledger.root_failed == 0);
        CHECK(stage.reports.failures.empty());
    }
}

TEST_CASE("A failure of what a node began is its own: claimed by its error edge, or it fails the run") {
    for (const bool claimed : {false, true}) {
        Stage stage;
        std::atomic<bool> over = false;
        std::vector<std::string> errors;
        stage.roles["ticks"] = waiting(over);
        stage.roles["own"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
        stage.roles["bad"].handle = [](const flowrun_host& table, flowrun_call* call, const flowrun_value*) {
            return fail(table, call, FLOWRUN_E_PERMANENT, "never");
        };
        stage.roles["errors"] = Stage::collect(errors);
        Virtual world(1, [] { unmoved(1); });
        const std::string yaml =
            "nodes: { ticks: { uses: source }, own: { uses: node }, bad: { uses: node }, errors: { uses: node } }\n"
            "edges: [ticks -> own, own -> bad, " +
            std::string(claimed ? "own.failed -> errors]\n" : "ticks.error -> errors]\n");
        const Outcome outcome = stage.run(world, yaml, [&](Runner&) {
            CHECK(begun(stage.roles["own"].node) == (claimed ? FLOWRUN_OK : FLOWRUN_E_PERMANENT));
            over = true;
        });
        CHECK(outcome.ledger.root_failed == (claimed ? 0 : 1));
        CHECK(errors.size() == (claimed ? 1 : 0));
        if (!claimed) CHECK(stage.reports.failures == std::vector<std::string>{"own: permanent: never"});
    }
}

TEST_CASE("A node that was told to stop, or is past its end, begins nothing") {
    Stage stage;
    std::atomic<bool> over = false;
    std::vector<std::int32_t> upstream_of_out, at_end;
    stage.roles["ticks"] = waiting(over);
    stage.roles["own"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    stage.roles["own"].end = [&](const flowrun_host&, flowrun_call*) -> std::int32_t {
        at_end.push_back(begun(stage.roles["own"].node));  // its last chance
        return FLOWRUN_OK;
    };
    stage.roles["out"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    stage.roles["out"].end = [&](const flowrun_host&, flowrun_call*) -> std::int32_t {
        upstream_of_out.push_back(begun(stage.roles["own"].node));
        return FLOWRUN_OK;
    };
    Virtual world(1, [] { unmoved(1); });
    const Outcome outcome = stage.run(world,
                                      "nodes: { ticks: { uses: source }, own: { uses: node }, out: { uses: node } }\n"
                                      "edges: [ticks -> own -> out]\n",
                                      [&](Runner& runner) {
                                          CHECK(begun(stage.roles["ticks"].node) == FLOWRUN_OK);
                                          runner.stop();
                                          CHECK(begun(stage.roles["ticks"].node) == 1);
                                      });
    CHECK(outcome.stopped);
    CHECK(outcome.drained);
    CHECK(at_end == std::vector<std::int32_t>{FLOWRUN_OK});
    CHECK(upstream_of_out == std::vector<std::int32_t>{1});
}

TEST_CASE("A run that is cancelled lets no node begin anything") {
    Stage stage;
    std::atomic<bool> over = false;
    stage.roles["ticks"] = waiting(over);
    stage.roles["own"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    Virtual world(1, [] { unmoved(1); });
    stage.run(world,
              "nodes: { ticks: { uses: source }, own: { uses: node } }\n"
              "edges: [ticks -> own]\n",
              [&](Runner& runner) {
                  runner.stop();
                  runner.cancel();
                  CHECK(begun(stage.roles["own"].node) == 1);
              });
}

TEST_CASE("On real threads calls begun until the very end are delivered or refused, and none is cut off") {
    for (int round = 0; round < 50; ++round) {
        Stage stage;
        std::atomic<bool> over = false;
        std::atomic<std::uint64_t> got = 0, sent = 0;
        stage.roles["ticks"] = waiting(over);
        stage.roles["own"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
        stage.roles["out"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            got.fetch_add(1);
            return FLOWRUN_OK;
        };
        Machine world;
        // As a component whose `destroy` joins its thread: nothing is taken down before that has seen the refusal.
        std::atomic<bool> gone = false;
        stage.roles["out"].end = [&](const flowrun_host& table, flowrun_call* call) -> std::int32_t {
            while (!gone && table.sleep(call, millisecond) == FLOWRUN_OK) {}
            return FLOWRUN_OK;
        };
        const Outcome outcome =
            stage.run(world,
                      "nodes: { ticks: { uses: source }, own: { uses: node }, out: { uses: node } }\n"
                      "edges: [ticks -> own -> out]\n",
                      [&](Runner&) {
                          for (int i = 0; i < 100'000; ++i) {
                              if (i == 200) over = true;
                              if (begun(stage.roles["own"].node) == 1) break;
                              sent.fetch_add(1);
                          }
                          gone = true;
                      });
        CHECK(gone);
        CHECK(outcome.drained);
        CHECK(got.load() == sent.load());
        CHECK(sent.load() >= 200);
    }
}
