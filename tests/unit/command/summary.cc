#include "command/summary.hh"

#include <signal.h>
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

engine::Outcome outcome_of_orders() {
    engine::Outcome outcome;
    engine::Account first, second;
    first.edge = "orders -> details";
    first.accepted = first.ok = 4000;
    second.edge = "details ~> invoice";
    second.async = true;
    second.accepted = 4000;
    second.ok = 3990;
    second.failed = 7;
    second.left = 3;
    outcome.ledger.edges = {first, second};
    outcome.ledger.messages = 4000;
    outcome.left = {"3 messages in details ~> invoice"};
    outcome.took = 3'210'000'000;
    return outcome;
}

}  // namespace

TEST_CASE("the summary shows an aligned account with the columns in which there is something") {
    CHECK(summary_text("orders", outcome_of_orders(), Exit::failed) ==
          "orders: failed after 3.21s, 4000 messages\n"
          "  edge                accepted    ok  failed  left\n"
          "  orders -> details       4000  4000       0     0\n"
          "  details ~> invoice      4000  3990       7     3\n"
          "  left: 3 messages in details ~> invoice\n");
}

TEST_CASE("the first line says how it ended, and what failed at the root") {
    engine::Outcome outcome;
    outcome.ledger.messages = 1;
    CHECK(summary_text("x", outcome, Exit::ok) == "x: ok after 0ns, 1 message\n");
    CHECK(summary_text("x", outcome, Exit::time_up) == "x: time was up after 0ns, 1 message\n");
    CHECK(summary_text("x", outcome, Exit::terminated) == "x: interrupted after 0ns, 1 message\n");
    outcome.ledger.raised = 1;
    outcome.ledger.root_failed = 2;
    CHECK(summary_text("x", outcome, Exit::failed) == "x: failed after 0ns, 1 message, 1 bad record, 2 failed\n");
}

TEST_CASE("an account that does not add up is called a bug") {
    engine::Outcome outcome = outcome_of_orders();
    outcome.ledger.edges[0].ok = 3999;
    CHECK(summary_text("x", outcome, Exit::failed)
              .ends_with("  orders -> details: the account does not add up; this is a bug of flowrun\n"));
}

TEST_CASE("what was stopped and is ok says so, and by what; its exit code is the process's") {
    engine::Outcome outcome;
    CHECK(summary_text("x", outcome, Exit::ok, SIGTERM) == "x: ok after 0ns, 0 messages, stopped by SIGTERM\n");
    CHECK(summary_text("x", outcome, Exit::terminated, SIGTERM) == "x: interrupted after 0ns, 0 messages\n");
    const auto told = [&](Exit exit, int signal) {
        const auto read = value::parse(summary_json("x", outcome, exit, signal));
        REQUIRE(read);
        const value::Node* const name = (*read)->member("signal");
        return fmt::format("{} {} {}", *(*read)->member("exit")->as_int(), *(*read)->member("outcome")->as_string(),
                           name->as_string().value_or("none"));
    };
    CHECK(told(Exit::ok, 0) == "0 ok none");
    CHECK(told(Exit::ok, SIGTERM) == "0 ok SIGTERM");
    CHECK(told(Exit::ok, SIGINT) == "130 ok SIGINT");
    CHECK(told(Exit::failed, SIGINT) == "130 failed SIGINT");
    CHECK(told(Exit::terminated, SIGTERM) == "143 terminated SIGTERM");
}

TEST_CASE("the summary for tools is one JSON text with every column") {
    const std::string text = summary_json("or\"ders", outcome_of_orders(), Exit::failed);
    CHECK(text.ends_with("\n"));
    const auto read = value::parse(text);
    REQUIRE(read);
    const value::Node& summary = **read;
    CHECK(summary.member("flow")->as_string() == "or\"ders");
    CHECK(summary.member("exit")->as_int() == 1);
    CHECK(summary.member("outcome")->as_string() == "failed");
    CHECK(summary.member("took_ns")->as_int() == 3'210'000'000);
    REQUIRE(summary.member("edges")->count == 2);
    const value::Node& second = *summary.member("edges")->at(1);
    CHECK(second.member("edge")->as_string() == "details ~> invoice");
    CHECK(second.member("mode")->as_string() == "async");
    CHECK(second.member("failed")->as_int() == 7);
    CHECK(second.member("late")->as_int() == 0);
    CHECK(summary.member("left")->at(0)->as_string() == "3 messages in details ~> invoice");
}
