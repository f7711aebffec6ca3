#include "command/complaints.hh"

#include <algorithm>
#include <mutex>
#include <string>

#include "base/virtual.hh"
#include "capture.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

void pass(World& world, Duration duration) {
    std::mutex mutex;
    Condition nothing;
    std::unique_lock lock(mutex);
    const Time until = after(world.now(), duration);
    while (world.wait(nothing, lock, until)) {}
}

void fail_once(Complaints& complaints, const Error& error = Error::of(Code::timeout, "no answer")) {
    complaints.failed({"a ~> b", "17", error});
}

auto lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("a failure names the edge, the message, the code, where it began and how often it was tried") {
    Virtual world(1);
    Complaints complaints(world, false);
    Error error = Error::of(Code::timeout, "no answer\nin 5s");
    error.node = "invoice";
    error.attempts = 4;
    const Capture out(2);
    fail_once(complaints, error);
    CHECK(out.text() == "flowrun: a ~> b: message 17: timeout: no answer\\nin 5s (at invoice, 4 attempts)\n");
    CHECK(complaints.failures() == 1);
}

TEST_CASE("the causes of a gathered failure have lines of their own") {
    Error error = Error::of(Code::failed, "2 of 3 branches failed");
    for (int i = 0; i < 12; ++i) error.causes.push_back(Error::of(Code::invalid, "no " + std::to_string(i)));
    const std::string text = text_of(error);
    CHECK(text.starts_with("failed: 2 of 3 branches failed\n  invalid: no 0\n  invalid: no 1\n"));
    CHECK(text.ends_with("\n  invalid: no 9\n  and 2 more"));
}

TEST_CASE("of a flood of failures a few are shown in each period, and the rest is counted") {
    Virtual world(1);
    Complaints complaints(world, false);
    const Capture out(2);
    for (int i = 0; i < 1000; ++i) fail_once(complaints);
    CHECK(lines(out.text()) == Complaints::shown);
    pass(world, Complaints::period);
    fail_once(complaints);
    CHECK(out.text().find("flowrun: and 980 more failures, not shown\n") != std::string::npos);
    CHECK(lines(out.text()) == Complaints::shown + 2);
    for (int i = 0; i < 29; ++i) fail_once(complaints);
    complaints.tell_rest();
    complaints.tell_rest();
    CHECK(out.text().ends_with("flowrun: and 10 more failures, not shown\n"));
    CHECK(lines(out.text()) == 2 * Complaints::shown + 2);
    CHECK(complaints.failures() == 1030);
}

TEST_CASE("a quiet run says what is logged as grave, nothing else until it is asked, and keeps only so much") {
    Virtual world(1);
    Complaints complaints(world, true);
    const Capture out(2);
    complaints.log("node", engine::Level::warn, "one");
    complaints.log("node", engine::Level::error, "two");
    CHECK(out.text() == "node: warn: one\nnode: error: two\n");
    for (int i = 0; i < 500; ++i) complaints.log("node", engine::Level::info, "text");
    fail_once(complaints);
    for (int i = 0; i < 500; ++i) complaints.notice(engine::Level::warn, "slow");
    CHECK(lines(out.text()) == 2);
    complaints.tell_rest();
    CHECK(
        out.text().starts_with("node: warn: one\nnode: error: two\nflowrun: a ~> b: message 17: "
                               "timeout: no answer\nflowrun: warn: slow\n"));
    CHECK(out.text().ends_with("flowrun: and 301 more lines\n"));
    CHECK(lines(out.text()) == Complaints::held_back + 3);
}

TEST_CASE("lines of components cannot disturb a terminal") {
    Virtual world(1);
    Complaints complaints(world, false);
    const Capture out(2);
    complaints.log("node", engine::Level::info, "a\x1b[2Jb\nc");
    CHECK(out.text() == "node: info: a\\x1b[2Jb\\nc\n");
}
