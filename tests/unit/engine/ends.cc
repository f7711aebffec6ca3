// What fails at a node's end, and what is done when all have ended.

#include <flowrun/ext/outcome.h>

#include <catch2/catch.hpp>

#include <utility>

#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

Body fails_at_end() {
    return
        [](const flowrun_host& host, flowrun_call* call) { return fail(host, call, FLOWRUN_E_FAILED, "at its end"); };
}

std::uint32_t so_far(const flowrun_host& host, flowrun_node* node) {
    return static_cast<const flowrun_outcome*>(host.extension(FLOWRUN_OUTCOME_ID))->so_far(node);
}

}  // namespace

TEST_CASE("What fails at a node's end goes to its error port, by any edge") {
    for (const char* arrow : {"->", "~>"}) {
        for (const char* port : {"error", "failed"}) {
            Stage stage;
            std::vector<std::string> told;
            stage.roles["in"] = Stage::numbers(2);
            stage.roles["out"].handle = [](auto&&...) { return FLOWRUN_OK; };
            stage.roles["out"].end = fails_at_end();
            stage.roles["dead"] = Stage::collect(told);
            const Outcome outcome =
                stage.run(std::string("nodes: { in: {uses: source}, out: {uses: node}, dead: {uses: node} }\n"
                                      "edges: [ in.out -> out, out.") +
                          port + " " + arrow + " dead ]\n");
            CHECK_FALSE(outcome.ledger.failed());
            CHECK(outcome.ledger.handled == 1);
            CHECK(stage.reports.failures.empty());
            REQUIRE(told.size() == 1);
            CHECK(told[0].find(R"("message":"at its end")") != std::string::npos);
            CHECK(told[0].find(R"("node":"out")") != std::string::npos);
            CHECK(told[0].find(R"("msg":null)") != std::string::npos);
        }
    }
}

TEST_CASE("What fails at a node's end and no error port takes fails the run") {
    for (const char* route : {"", ", { from: out.error, to: dead, when: 'false' }"}) {
        Stage stage;
        std::vector<std::string> told;
        stage.roles["in"] = Stage::numbers(2);
        stage.roles["out"].handle = [](auto&&...) { return FLOWRUN_OK; };
        stage.roles["out"].end = fails_at_end();
        stage.roles["dead"] = Stage::collect(told);
        const Outcome outcome =
            stage.run(std::string("nodes: { in: {uses: source}, out: {uses: node}, dead: {uses: node} }\n"
                                  "edges: [ in.out -> out, in.other -> dead") +
                      route + " ]\n");
        CHECK(outcome.ledger.failed());
        CHECK(outcome.ledger.root_failed == 1);
        CHECK(stage.reports.failures == std::vector<std::string>{"out: failed: at its end"});
        CHECK(told.empty());
    }
}

TEST_CASE("A commit knows of what fails at the end of any node, in whatever order they end") {
    for (const bool first : {true, false}) {
        Stage stage;
        std::vector<std::uint32_t> known;
        stage.roles["in"] = Stage::numbers(1);
        for (const char* name : {"a", "b"}) {
            stage.roles[name].handle = [](auto&&...) { return FLOWRUN_OK; };
            stage.roles[name].commit = [&stage, &known, name](const flowrun_host& host) -> std::int32_t {
                known.push_back(so_far(host, stage.roles[name].node));
                return FLOWRUN_OK;
            };
        }
        stage.roles[first ? "a" : "b"].end = fails_at_end();
        (void)stage.run(
            "nodes: { in: {uses: source}, a: {uses: node}, b: {uses: node} }\n"
            "edges:\n  - in.out -> [a, b]\n");
        CHECK(known == std::vector<std::uint32_t>(2, FLOWRUN_OUTCOME_FAILED));
    }
}

TEST_CASE("A commit that fails fails the run with what was said, and those after it know") {
    Stage stage;
    std::vector<std::uint32_t> known;
    stage.roles["in"] = Stage::numbers(1);
    stage.roles["a"].handle = stage.roles["b"].handle = [](auto&&...) { return FLOWRUN_OK; };
    stage.roles["a"].commit = [&](const flowrun_host& host) -> std::int32_t {
        host.refuse(stage.roles["a"].node, "no", 2);
        return FLOWRUN_E_PERMANENT;
    };
    stage.roles["b"].commit = [&](const flowrun_host& host) -> std::int32_t {
        known.push_back(so_far(host, stage.roles["b"].node));
        CHECK(host.begin(stage.roles["b"].node) == nullptr);
        return FLOWRUN_OK;
    };
    const Outcome outcome = stage.run(
        "nodes: { in: {uses: source}, a: {uses: node}, b: {uses: node}, dead: {uses: node, with: {role: b}} }\n"
        "edges:\n  - in.out -> [a, b]\n  - a.error -> dead\n");
    CHECK(outcome.ledger.failed());
    CHECK(stage.reports.failures == std::vector<std::string>{"a: permanent: no"});
    CHECK(known.front() == FLOWRUN_OUTCOME_FAILED);
}

TEST_CASE("What a source raises is a record of its own; what another node raises is a failure") {
    Stage stage;
    const auto raise = [](const flowrun_host& host, flowrun_call* call) {
        flowrun_error error{};
        error.size = sizeof error;
        error.code = FLOWRUN_E_INVALID;
        return host.raise(call, &error, nullptr), FLOWRUN_OK;
    };
    stage.roles["in"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        return raise(host, call);
    };
    stage.roles["out"].handle = [](auto&&...) { return FLOWRUN_OK; };
    stage.roles["out"].end = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        return raise(host, call);
    };
    const Outcome outcome = stage.run("nodes: { in: {uses: source}, out: {uses: node} }\nedges:\n  - in.out -> out\n");
    CHECK(outcome.ledger.raised == 1);
    CHECK(outcome.ledger.root_failed == 1);
}
