// What a failed attempt leads to.
#include "engine/edge/retry.hh"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "engine/call/run_context.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

constexpr std::uint64_t least = 0, most = std::numeric_limits<std::uint64_t>::max(), middle = std::uint64_t{1} << 63;

flow::Backoff doubling(flow::Jitter jitter) {
    flow::Backoff retry;
    retry.first = 100 * millisecond;
    retry.max = second;
    retry.jitter = jitter;
    return retry;
}

// A failure of one attempt, judged where a real call of the edge is under way.
struct Judged {
    std::string options;
    std::uint32_t made = 1;
    Error error = Error::of(Code::failed, "no");
    Duration left = never;  // to the edge's deadline for the message
    bool stopped = false;
    bool again = false;  // the verdict
    Duration wait = -1;  // and when
    std::uint32_t noted = 0;

    Judged& judge() {
        Stage stage;
        Runner* runner = nullptr;
        stage.roles["from"] = Stage::numbers(1, stopped ? second : 0);
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            if (stopped) {
                runner->stop();
                host.sleep(call, millisecond);
            }
            ThreadContext& thread = *call_of(call).thread;
            const Edge& edge = *thread.run.graph.edges.front();
            CallResult failed(std::make_unique<Error>(error));
            const Time now = thread.world.now();
            const auto at =
                next_attempt(thread, edge, call_of(call).meta, node_of(message), failed, made, after(now, left));
            again = at.has_value();
            if (at) wait = *at - now;
            noted = failed.error->attempts;
            return FLOWRUN_OK;
        };
        Virtual world(1);
        stage.run(
            world,
            "nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n  - from.out ~> to: { " + options + " }\n",
            [&](Runner& r) { runner = &r; });
        return *this;
    }
};

Judged judged(const std::string& retry, std::uint32_t made = 1) {
    Judged j;
    j.options = "retry: { backoff: 100ms, jitter: none, " + retry + " }";
    j.made = made;
    return j;
}

}  // namespace

TEST_CASE("Each attempt is waited for twice as long as the one before, up to the longest") {
    const flow::Backoff retry = doubling(flow::Jitter::none);
    const Error error = Error::of(Code::failed, "no");
    const std::vector<Duration> expected{100, 200, 400, 800, 1000, 1000};
    for (std::uint32_t made = 1; made <= expected.size(); ++made) {
        for (const std::uint64_t random : {least, middle, most})
            CHECK(backoff(retry, made, error, random) == expected[made - 1] * millisecond);
    }
    CHECK(backoff(retry, 1'000'000, error, 0) == second);  // where a power has no end
}

TEST_CASE("The factor is the edge's") {
    flow::Backoff retry = doubling(flow::Jitter::none);
    retry.factor = 1;
    CHECK(backoff(retry, 7, {}, 0) == 100 * millisecond);
    retry.factor = 1.5;
    CHECK(backoff(retry, 3, {}, 0) == 225 * millisecond);
}

TEST_CASE("Full jitter draws from nothing to the whole, equal jitter from its half on") {
    const flow::Backoff full = doubling(flow::Jitter::full), equal = doubling(flow::Jitter::equal);
    for (std::uint32_t made = 1; made <= 6; ++made) {
        const Duration whole = std::min<Duration>(100 * millisecond << (made - 1), second);
        CAPTURE(made);
        CHECK(backoff(full, made, {}, least) == 0);
        CHECK(backoff(full, made, {}, middle) == whole / 2);
        CHECK(backoff(full, made, {}, most) <= whole);
        CHECK(backoff(full, made, {}, most) >= whole - 1);
        CHECK(backoff(equal, made, {}, least) == whole / 2);
        CHECK(backoff(equal, made, {}, middle) == whole / 2 + whole / 4);
        CHECK(backoff(equal, made, {}, most) <= whole);
        CHECK(backoff(equal, made, {}, most) >= whole - 1);
    }
}

TEST_CASE("An error that says when is heeded whole, beyond the longest backoff, and never shortens it") {
    Error error = Error::of(Code::unavailable, "later");
    error.retry_after = 10 * second;
    CHECK(backoff(doubling(flow::Jitter::none), 1, error, 0) == 10 * second);
    CHECK(backoff(doubling(flow::Jitter::full), 1, error, most) == 10 * second);
    error.retry_after = millisecond;
    CHECK(backoff(doubling(flow::Jitter::none), 2, error, 0) == 200 * millisecond);
}

TEST_CASE("So many attempts are made, and each is noted in the error") {
    CHECK(judged("attempts: 3", 1).judge().again);
    CHECK(judged("attempts: 3", 1).judge().wait == 100 * millisecond);
    CHECK(judged("attempts: 3", 2).judge().wait == 200 * millisecond);
    CHECK(judged("attempts: 3", 2).judge().noted == 2);
    CHECK_FALSE(judged("attempts: 3", 3).judge().again);
    CHECK(judged("attempts: 3", 3).judge().noted == 3);
    CHECK_FALSE(judged("attempts: 3", 4).judge().again);
    CHECK_FALSE(judged("attempts: 1", 1).judge().again);
}

TEST_CASE("What cannot get better is not tried again") {
    Judged j = judged("attempts: 3");
    for (const Code code : {Code::invalid, Code::permanent, Code::cancelled}) {
        j.error = Error::of(code, "no");
        CHECK_FALSE(j.judge().again);
    }
    for (const Code code : {Code::failed, Code::timeout, Code::unavailable, Code::overflow, Code::internal}) {
        j.error = Error::of(code, "no");
        CHECK(j.judge().again);
    }
    j.error = Error::of(Code::unavailable, "no");
    j.error.retryable = false;
    CHECK_FALSE(j.judge().again);
}

TEST_CASE("The edge may say what is worth another attempt") {
    Judged j = judged("attempts: 3, when: \"error.code == 'permanent' && error.attempts < 2\"");
    j.error = Error::of(Code::permanent, "no");
    CHECK(j.judge().again);
    j.made = 2;
    CHECK_FALSE(j.judge().again);
    j.made = 1;
    j.error = Error::of(Code::unavailable, "no");
    CHECK_FALSE(j.judge().again);
}

TEST_CASE("An attempt that would begin at the edge's deadline or after it is not made") {
    Judged j = judged("attempts: 3, max_backoff: 1s");
    j.left = 100 * millisecond;
    CHECK_FALSE(j.judge().again);
    j.left = 100 * millisecond + 1;
    CHECK(j.judge().again);
    j.error.retry_after = second;
    CHECK_FALSE(j.judge().again);
}

TEST_CASE("A run that was told to stop tries nothing again") {
    Judged j = judged("attempts: 3");
    j.stopped = true;
    CHECK_FALSE(j.judge().again);
    CHECK(j.noted == 1);
}

TEST_CASE("A message is handled so many times, with the backoff between, and its error route is asked once") {
    for (const int fails : {0, 1, 2, 3}) {
        CAPTURE(fails);
        Stage stage;
        std::vector<Time> times;
        std::vector<std::uint32_t> attempts;
        std::vector<std::string> dead;
        stage.roles["from"] = Stage::numbers(1);
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                       const flowrun_value*) -> std::int32_t {
            flowrun_meta meta{};
            meta.size = sizeof meta;
            host.meta(call, &meta);
            attempts.push_back(meta.attempt);
            times.push_back(host.now());
            return static_cast<int>(times.size()) <= fails ? fail(host, call, FLOWRUN_E_UNAVAILABLE, "no") : FLOWRUN_OK;
        };
        stage.roles["dead"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            dead.push_back(text(message));
            return FLOWRUN_OK;
        };
        const Outcome outcome = stage.run(
            "nodes: { from: {uses: source}, to: {uses: open}, dead: {uses: open} }\nedges:\n"
            "  - from.out ~> to: { retry: { attempts: 3, backoff: 100ms, jitter: none } }\n  - to.error -> dead\n");
        const std::size_t expected = std::min(fails + 1, 3);
        REQUIRE(times.size() == expected);
        for (std::uint32_t i = 0; i < expected; ++i) CHECK(attempts[i] == i + 1);
        if (expected > 1) CHECK(times[1] - times[0] == 100 * millisecond);
        if (expected > 2) CHECK(times[2] - times[1] == 200 * millisecond);
        CHECK(outcome.ledger.edges[0].retried == expected - 1);
        CHECK(dead.size() == (fails == 3 ? 1 : 0));
        CHECK(outcome.ledger.edges[0].claimed == dead.size());
        if (!dead.empty()) CHECK(dead[0].find("\"attempts\":3") != std::string::npos);
    }
}
