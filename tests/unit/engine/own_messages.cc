// Messages that a node begins by itself, from timers: they are counted, bounded, numbered and drained as those of a source.

#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

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

// A source that begins its messages from a timer, every 10 ms, `count` of them at most.
struct Ticks {
    Stage& stage;
    int count;
    int begun = 0, refused = 0;
    bool over = false;
    void next(const flowrun_host& host) {
        (void)host.timer(stage.roles["ticks"].node, 10 * millisecond, &Ticks::due, this);
    }
    static void due(void* user) {
        auto& t = *static_cast<Ticks*>(user);
        flowrun_call* const call = host().begin(t.stage.roles["ticks"].node);
        if (call == nullptr) {
            ++t.refused;
            t.over = true;
            return;
        }
        (void)host().emit(call, 0, one());
        host().finish(call);
        if (++t.begun == t.count) t.over = true;
        else t.next(host());
    }
    Role role() {
        Role role;
        role.run = [this](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            next(host);
            while (!over && host.sleep(call, 5 * millisecond) == FLOWRUN_OK) {}
            return FLOWRUN_OK;
        };
        return role;
    }
};

std::vector<std::string> mentions(const std::vector<std::string>& lines, const std::string& word) {
    std::vector<std::string> found;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
                 [&](const std::string& line) { return line.find(word) != std::string::npos; });
    return found;
}

}  // namespace

TEST_CASE("Messages that a source begins from a timer are counted") {
    for (const std::uint64_t seed : seeds() | std::views::take(50)) {
        INFO("seed " << seed);
        for (const char* arrow : {"->", "~>"}) {
            Stage stage;
            Ticks ticks{.stage = stage, .count = 8};
            std::vector<std::string> got;
            stage.roles["ticks"] = ticks.role();
            stage.roles["to"] = Stage::collect(got);
            const Outcome outcome = stage.run(
                std::string("nodes: { ticks: {uses: source}, to: {uses: node} }\nedges: [ ticks ") + arrow + " to ]\n",
                seed);
            REQUIRE(got.size() == 8);
            REQUIRE(outcome.ledger.messages == 8);
        }
    }
}

TEST_CASE("A bound on messages holds for those begun from a timer: so many pass, and the run ends well") {
    for (const std::uint64_t seed : seeds() | std::views::take(50)) {
        INFO("seed " << seed);
        for (const char* arrow : {"->", "~>"}) {
            Stage stage;
            stage.options.max_messages = 3;
            Ticks ticks{.stage = stage, .count = 8};
            std::vector<std::string> got;
            stage.roles["ticks"] = ticks.role();
            stage.roles["to"] = Stage::collect(got);
            const Outcome outcome = stage.run(
                std::string("nodes: { ticks: {uses: source}, to: {uses: node} }\nedges: [ ticks ") + arrow + " to ]\n",
                seed);
            REQUIRE(got.size() == 3);
            REQUIRE(outcome.ledger.messages == 3);
            REQUIRE(outcome.drained);
            REQUIRE_FALSE(outcome.ledger.failed());
        }
    }
}

TEST_CASE("A bound on messages holds for all sources together, however they send") {
    for (const std::uint64_t seed : seeds() | std::views::take(50)) {
        INFO("seed " << seed);
        Stage stage;
        stage.options.max_messages = 7;
        Ticks ticks{.stage = stage, .count = 20};
        std::vector<std::string> got;
        int open = 0;
        stage.roles["ticks"] = ticks.role();
        stage.roles["waits"] = Stage::numbers(20, 10 * millisecond);
        stage.roles["hasty"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            const auto done = [](void* user, std::int32_t, const flowrun_value*, const flowrun_error*) {
                --*static_cast<int*>(user);
            };
            for (int i = 0; i < 20 && host.stopping(call) == 0; ++i) {
                ++open;
                if (host.emit_async(call, 0, one(), nullptr, done, &open) < 0) {
                    --open;
                    break;
                }
                if (host.sleep(call, 10 * millisecond) != FLOWRUN_OK) break;
            }
            return FLOWRUN_OK;
        };
        stage.roles["to"] = Stage::collect(got);
        const Outcome outcome = stage.run(
            "nodes: { ticks: {uses: source}, waits: {uses: source}, hasty: {uses: source}, to: {uses: node} }\n"
            "edges: [ ticks -> to, waits -> to, hasty -> to ]\n",
            seed);
        REQUIRE(open == 0);
        REQUIRE(got.size() == 7);
        REQUIRE(outcome.ledger.messages == 7);
        REQUIRE(outcome.drained);
    }
}

TEST_CASE("A message that is begun and never finished is named by whoever asks, and at the end") {
    Stage stage;
    stage.options.max_time = 60 * second;
    stage.options.drain_timeout = 5 * second;
    stage.options.stall_after = 10 * second;
    Virtual world(1, [] { FAIL("every thread waits for ever"); });
    std::string status;
    stage.roles["from"] = Stage::numbers(1);
    stage.roles["forgets"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value*) {
        const auto due = [](void* user) {
            static flowrun_call* call = nullptr;  // it is forgotten by the node, not by those who look for leaks
            call = flowrun::engine::host().begin(static_cast<flowrun_node*>(user));
            REQUIRE(call != nullptr);
            (void)flowrun::engine::host().emit(call, 0, one());
        };
        (void)host.timer(stage.roles["forgets"].node, second, due, stage.roles["forgets"].node);
        return FLOWRUN_OK;
    };
    stage.roles["keeps_going"].run = [](const flowrun_host& host, flowrun_call* call) {
        return host.sleep(call, 2 * second);
    };
    stage.roles["to"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    const Outcome outcome = stage.run(
        world,
        "nodes: { from: {uses: source}, keeps_going: {uses: source}, forgets: {uses: node}, to: {uses: node} }\n"
        "edges: [ from -> forgets, keeps_going -> forgets, forgets -> to ]\n",
        [&](Runner& runner) {
            wait_until(world, 30 * second);
            status = runner.status();
        });
    CHECK(outcome.timed_out);
    CHECK(outcome.took <= 68 * second);
    CHECK_FALSE(mentions(outcome.left, "forgets").empty());
    CHECK_FALSE(mentions(stage.reports.notices, "forgets").empty());
    INFO(status);
    CHECK(status.find("forgets: ready") == std::string::npos);
    CHECK(status.find("forgets") != std::string::npos);
}

TEST_CASE("Messages are numbered from 1 on, whoever makes them") {
    for (const char* kind : {"node", "open"}) {
        INFO(kind);
        Stage stage;
        std::vector<std::string> ids;
        std::vector<std::int64_t> numbers;
        stage.roles["from"] = Stage::numbers(2);
        stage.roles["takes"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            return FLOWRUN_OK;
        };
        stage.roles["takes"].end = [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int i = 0; i < 3; ++i) (void)host.emit(call, 0, one());
            return FLOWRUN_OK;
        };
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            flowrun_meta meta{};
            meta.size = sizeof meta;
            (void)host.meta(call, &meta);
            ids.emplace_back(meta.id, meta.id_size);
            std::string digits;
            std::copy_if(ids.back().rbegin(),
                         std::find_if_not(ids.back().rbegin(), ids.back().rend(),
                                          [](unsigned char c) { return std::isdigit(c) != 0; }),
                         std::back_inserter(digits), [](char) { return true; });
            std::reverse(digits.begin(), digits.end());
            numbers.push_back(digits.empty() ? -1 : std::stoll(digits));
            return FLOWRUN_OK;
        };
        stage.run(std::string("nodes: { from: {uses: source}, takes: {uses: ") + kind +
                  "}, to: {uses: node} }\nedges: [ from -> takes, takes -> to ]\n");
        REQUIRE(ids.size() == 3);
        CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 3);
        INFO(ids[0] << ' ' << ids[1] << ' ' << ids[2]);
        for (const std::int64_t number : numbers) CHECK((number >= 1 && number <= 5));  // of 5 that were made in all
    }
}
