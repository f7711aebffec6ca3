#include <catch2/catch.hpp>

#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

TEST_CASE("A message goes through a chain of forwards and arrives as it was") {
    Stage stage;
    std::vector<std::string> got;
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    stage.roles["to"] = Stage::collect(got);
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, a: {uses: open, with: {role: on}}, b: {uses: node, with: {role: on}}, to: "
        "{uses: node} }\n"
        "edges: [ from.out -> a, a.out -> b, b.out -> to ]\n");
    CHECK(got == std::vector<std::string>{R"({"n":0})", R"({"n":1})", R"({"n":2})"});
    CHECK_FALSE(outcome.ledger.failed());
    REQUIRE(outcome.ledger.edges.size() == 3);
    CHECK(outcome.ledger.edges[2].accepted == 3);
    CHECK(outcome.ledger.edges[2].ok == 3);
}

TEST_CASE("A failure goes back to the emitter with its code, message and node") {
    Stage stage;
    std::string seen;
    stage.roles["from"] = Stage::numbers(1);
    stage.roles["a"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        std::int32_t status = host.emit(call, 0, message);
        flowrun_error error{};
        error.size = sizeof error;
        REQUIRE(host.error_of(call, &error) == FLOWRUN_OK);
        seen = std::string(error.node, error.node_size) + ": " + std::string(error.message, error.message_size);
        return status;
    };
    stage.roles["b"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return fail(host, call, FLOWRUN_E_PERMANENT, "no such customer");
    };
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, a: {uses: node}, b: {uses: node} }\nedges: [ from.out -> a, a.out -> b ]\n");
    CHECK(seen == "b: no such customer");
    CHECK(outcome.ledger.root_failed == 1);
    CHECK(outcome.ledger.failed());
    CHECK(stage.reports.failures == std::vector<std::string>{"from: permanent: no such customer"});
}

TEST_CASE("An error that is passed on keeps the node where it began, said again or handed to a pending call") {
    Stage stage;
    std::vector<std::string> got;
    stage.roles["from"] = Stage::numbers(2);
    stage.roles["sync"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        host.emit(call, 0, message);
        flowrun_error error{};
        error.size = sizeof error;
        REQUIRE(host.error_of(call, &error) == FLOWRUN_OK);
        return host.fail(call, &error);
    };
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    stage.roles["pending"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        auto* waiting = new Waiting{host, host.pend(call)};
        const auto done = [](void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
            const std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
            w->host.complete(w->ticket, status, reply, error);
        };
        REQUIRE(host.emit_async(host.call_of(waiting->ticket), 0, message, nullptr, done, waiting) == FLOWRUN_OK);
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    stage.roles["end"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        flowrun_error error{};
        error.size = sizeof error;
        error.code = FLOWRUN_E_PERMANENT;
        error.message = "no";
        error.message_size = 2;
        error.detail = message;
        error.node = "\xFF";  // no name: as if not given
        error.node_size = 1;
        return host.fail(call, &error);
    };
    stage.roles["errors"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
        got.push_back(text(message));
        return FLOWRUN_OK;
    };
    stage.run(
        "nodes: { from: {uses: source}, sync: {uses: open}, pending: {uses: open}, end: {uses: node}, errors: {uses: "
        "node} }\n"
        "edges: [from -> sync -> pending -> end, from.failed -> errors]\n");
    REQUIRE(got.size() == 2);
    CHECK(got[0] == R"({"error":{"code":"permanent","message":"no","retryable":false,"node":"end","attempts":1,)"
                    R"("detail":{"n":0}},"msg":{"n":0}})");
}

TEST_CASE("The nearest ancestor with an error edge catches, and the emitter above gets ok") {
    Stage stage;
    std::vector<std::string> caught;
    std::int32_t above = -99;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
        value::Value v = *value::parse("7");
        above = host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
        return FLOWRUN_OK;
    };
    stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    stage.roles["bad"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return fail(host, call, FLOWRUN_E_FAILED, "broken");
    };
    stage.roles["catch"] = Stage::collect(caught);
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, a: {uses: node, with: {role: on}}, bad: {uses: node}, catch: {uses: node} }\n"
        "edges: [ from.out -> a, a.out -> bad, a.failed -> catch ]\n");
    CHECK(above == FLOWRUN_OK);
    REQUIRE(caught.size() == 1);
    CHECK(caught[0].find(R"("code":"failed","message":"broken")") != std::string::npos);
    CHECK(caught[0].find(R"("msg":7)") != std::string::npos);
    CHECK_FALSE(outcome.ledger.failed());
    CHECK(outcome.ledger.edges[0].claimed == 1);
    CHECK(outcome.ledger.edges[1].failed == 1);
}

TEST_CASE(
    "A failure that no error edge lets through goes on upward, from the port for the node alone to that for all") {
    for (const char* edges : {"bad.error -> never: { when: 'false' }", "bad.error ~> never: { when: 'false' }",
                              "bad.error -> [never, other]: { when: 'false' }", "a.error -> never"}) {
        CAPTURE(edges);
        Stage stage;
        std::vector<std::string> never, caught;
        std::int32_t above = -99;
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
            const value::Value v = *value::parse("7");
            above = host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
            return FLOWRUN_OK;
        };
        stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            return host.forward(call, 0, message);
        };
        stage.roles["bad"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return fail(host, call, FLOWRUN_E_FAILED, "broken");
        };
        stage.roles["never"] = stage.roles["other"] = Stage::collect(never);
        stage.roles["catch"] = Stage::collect(caught);
        const std::string flow =
            "nodes: { from: {uses: source}, a: {uses: node, with: {role: on}}, bad: {uses: node}, never: {uses: node}, "
            "other: {uses: node}, catch: {uses: node} }\nedges:\n  - from.out -> a\n  - a.out -> bad\n  - bad.out -> "
            "[never, other]\n  - " +
            std::string(edges) + "\n";
        const Outcome lost = stage.run(flow + "  - never.out -> catch\n");
        CHECK(above == FLOWRUN_E_FAILED);
        CHECK(lost.ledger.root_failed == 1);
        CHECK(lost.ledger.handled == 0);
        for (const char* taken : {"a.failed", "bad.failed", "from.failed"}) {
            CAPTURE(taken);
            caught.clear();
            const Outcome outcome = stage.run(flow + "  - " + taken + " -> catch\n");
            CHECK(caught.size() == 1);
            CHECK_FALSE(outcome.ledger.failed());
            CHECK(outcome.ledger.handled == 1);
        }
        CHECK(never.empty());
    }
}

TEST_CASE("A fan-out tries every branch and gathers the errors, none masked") {
    Stage stage;
    std::vector<std::string> got;
    stage.roles["from"] = Stage::numbers(1);
    auto bad = [](std::int32_t code, std::string why) {
        return [code, why](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return fail(host, call, code, why);
        };
    };
    stage.roles["x"].handle = bad(FLOWRUN_E_UNAVAILABLE, "first");
    stage.roles["y"] = Stage::collect(got);
    stage.roles["z"].handle = bad(FLOWRUN_E_PERMANENT, "second");
    stage.run(
        "nodes: { from: {uses: source}, x: {uses: node}, y: {uses: node}, z: {uses: node} }\n"
        "edges: [ \"from.out -> [x, y, z]\" ]\n");
    CHECK(got.size() == 1);
    REQUIRE(stage.reports.failures.size() == 1);
    CHECK(stage.reports.failures[0] == "from: unavailable: 2 branches failed: x: first; z: second");
}

TEST_CASE("A reply comes back through forwards, and a fan-out gives the first in written order") {
    Stage stage;
    std::string reply;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
        value::Value v = *value::parse("1");
        host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
        const flowrun_value* answer = host.reply_of(call);
        reply = answer == nullptr ? "none" : text(answer);
        return FLOWRUN_OK;
    };
    stage.roles["on"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    stage.roles["silent"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    auto says = [](const char* what) {
        return [what](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            value::Value v = *value::parse(what);
            host.reply(call, reinterpret_cast<const flowrun_value*>(v.get()));
            return FLOWRUN_OK;
        };
    };
    stage.roles["b"].handle = says("\"b\"");
    stage.roles["c"].handle = says("\"c\"");
    stage.run(
        "nodes: { from: {uses: source}, a: {uses: open, with: {role: on}}, silent: {uses: node}, b: {uses: node}, c: "
        "{uses: node} }\n"
        "edges: [ from.out -> a, \"a.out -> [silent, b, c]\" ]\n");
    CHECK(reply == "\"b\"");
}

TEST_CASE("Calls nested too deep are an error and not a crash") {
    Stage stage;
    stage.roles["from"] = Stage::numbers(1);
    std::string yaml = "nodes:\n  from: {uses: source}\n";
    std::string edges = "edges:\n  - from.out -> n0\n";
    for (int i = 0; i < 400; ++i) {
        yaml += "  n" + std::to_string(i) + ": {uses: open, with: {role: deep}}\n";
        if (i > 0) edges += "  - n" + std::to_string(i - 1) + ".out -> n" + std::to_string(i) + "\n";
    }
    stage.roles["deep"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.emit(call, 0, message);
    };
    stage.run(yaml + edges);
    REQUIRE(stage.reports.failures.size() == 1);
    CHECK(stage.reports.failures[0].find("nested more than 256 deep") != std::string::npos);
}

TEST_CASE("A raised record goes to the error port, and is counted when nobody takes it") {
    for (bool taken : {true, false}) {
        Stage stage;
        std::vector<std::string> got, caught;
        stage.roles["from"].run = [](const flowrun_host& host, flowrun_call* call) {
            value::Value v = *value::parse("\"{bad\"");
            flowrun_error error{};
            error.size = sizeof error;
            error.code = FLOWRUN_E_INVALID;
            error.message = "line 3";
            error.message_size = 6;
            host.raise(call, &error, reinterpret_cast<const flowrun_value*>(v.get()));
            return FLOWRUN_OK;
        };
        stage.roles["to"] = Stage::collect(got);
        stage.roles["catch"] = Stage::collect(caught);
        std::string edges =
            taken ? "edges: [ from.out -> to, from.error -> catch ]\n" : "edges: [ from.out -> to, to.out -> catch ]\n";
        Outcome outcome = stage.run("nodes: { from: {uses: source}, to: {uses: node}, catch: {uses: node} }\n" + edges);
        CHECK(caught.size() == (taken ? 1u : 0u));
        CHECK(outcome.ledger.raised == (taken ? 0u : 1u));
        CHECK(outcome.ledger.failed() == !taken);
    }
}

TEST_CASE("The account of plain hops is exact where some messages go on and some do not") {
    Stage stage;
    stage.roles["from"] = Stage::numbers(12);
    // One in two ends here, of the rest one in three; one of those that go on fails at the end.
    stage.roles["a"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return number(message, "n") % 2 == 0 ? host.forward(call, 0, message) : static_cast<std::int32_t>(FLOWRUN_OK);
    };
    stage.roles["b"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return number(message, "n") % 3 == 0 ? static_cast<std::int32_t>(FLOWRUN_OK) : host.forward(call, 0, message);
    };
    stage.roles["c"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return number(message, "n") == 4 ? fail(host, call, FLOWRUN_E_PERMANENT, "no") : host.forward(call, 1, message);
    };
    stage.roles["d"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, a: {uses: open}, b: {uses: open}, c: {uses: open}, d: {uses: open} }\n"
        "edges: [ from.out -> a, a.out -> b, b.out -> c, c.other -> d ]\n");
    auto account = [&](std::size_t i) {
        const Account& edge = outcome.ledger.edges[i];
        return std::vector<std::uint64_t>{edge.accepted, edge.ok, edge.failed};
    };
    using Numbers = std::vector<std::uint64_t>;
    CHECK(account(0) == Numbers{12, 11, 1});
    CHECK(account(1) == Numbers{6, 5, 1});
    CHECK(account(2) == Numbers{4, 3, 1});
    CHECK(account(3) == Numbers{3, 3, 0});
}

TEST_CASE("What a call was told of its message lasts as long as the call") {
    Stage stage;
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        flowrun_meta first{}, second{};
        first.size = second.size = sizeof first;
        CHECK(host.meta(call, &first) == FLOWRUN_OK);
        CHECK(host.meta(call, &second) == FLOWRUN_OK);
        CHECK(first.id == second.id);
        CHECK(first.traceparent == second.traceparent);
        CHECK(first.id_size != 0);
        return FLOWRUN_OK;
    };
    CHECK(stage.run("nodes: { from: {uses: source}, to: {uses: open} }\nedges: [ from.out -> to ]\n").drained);
}
