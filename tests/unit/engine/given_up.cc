// Calls that are given up: when the run ends although they are still out, what they may do when they come back, and what
// they leave behind. Handlers here hold their thread in the virtual world, so that no deadline reaches them.

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

constexpr Duration hour = 3600 * second;

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }

void nap(World& world, Duration d) {
    std::mutex mutex;
    Condition nobody;
    std::unique_lock lock(mutex);
    const Time until = after(world.now(), d);
    while (world.now() < until) world.wait(nobody, lock, until);
}

// A node whose handler comes back after so long, whatever its deadline.
struct Stubborn {
    World& world;
    Duration patience;
    int inside = 0, entered = 0;
    Role role(bool with_end, int* ends = nullptr) {
        Role role;
        role.handle = [this](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            ++inside;
            ++entered;
            nap(world, patience);
            --inside;
            return FLOWRUN_OK;
        };
        if (with_end) {
            role.end = [this, ends](const flowrun_host&, flowrun_call*) {
                CHECK(inside == 0);
                if (ends != nullptr) ++*ends;
                return FLOWRUN_OK;
            };
        }
        return role;
    }
    void come_back() const {
        while (inside != 0) nap(world, second);
        nap(world, second);
    }
};

std::int64_t threads() {
    std::ifstream status("/proc/self/status");
    std::string word;
    std::int64_t n = 0;
    while (status >> word) {
        if (word == "Threads:") status >> n;
    }
    return n;
}

// Bytes in use, of all threads: what all arenas took, less what is free in them.
std::int64_t in_use() {
    char* text = nullptr;
    std::size_t size = 0;
    FILE* const out = ::open_memstream(&text, &size);
    (void)::malloc_info(0, out);
    (void)std::fclose(out);
    const std::string_view all(text, size);
    const auto last = [all](std::string_view tag) {
        const std::size_t at = all.find("size=\"", all.rfind(tag));
        return std::strtoll(all.data() + at + 6, nullptr, 10);
    };
    const std::int64_t bytes =
        last("<system type=\"current\"") - last("<total type=\"fast\"") - last("<total type=\"rest\"");
    std::free(text);
    return bytes;
}

}  // namespace

TEST_CASE("A run whose given-up calls never come back ends after the drain timeout, and names their node") {
    for (const char* kind : {"node", "foreign"}) {
        for (const char* arrow : {"->", "~>"}) {
            for (const bool with_end : {false, true}) {
                INFO(kind << ' ' << arrow << (with_end ? " with an end" : ""));
                Virtual world(1, [] { FAIL("every thread waits for ever"); });
                Stage stage;
                stage.options.drain_timeout = 5 * second;
                Stubborn stubborn{.world = world, .patience = hour};
                std::vector<std::string> caught;
                stage.roles["from"] = Stage::numbers(4);
                stage.roles["stays"].handle = stubborn.role(with_end).handle;
                if (with_end) stage.roles["stays"].end = stubborn.role(true).end;
                stage.roles["dead"] = Stage::collect(caught);
                int commits = 0, of_others = 0;
                stage.roles["stays"].commit = [&](auto&&) { return ++commits, FLOWRUN_OK; };
                stage.roles["dead"].commit = [&](auto&&) { return ++of_others, FLOWRUN_OK; };
                const Outcome outcome =
                    stage.run(world, std::string("nodes: { from: {uses: source}, stays: {uses: ") + kind +
                                         "}, dead: {uses: node} }\nedges:\n  - from " + arrow +
                                         " stays: { timeout: 200ms }\n  - stays.error -> dead\n");
                CHECK(commits == 0);
                CHECK(of_others == 1);
                CHECK(caught.size() == 4);
                CHECK(outcome.hung);
                CHECK(outcome.took >= 5 * second);
                CHECK(outcome.took <= 7 * second);
                const auto named = [](const std::string& s) { return s.find("stays") != std::string::npos; };
                CHECK(std::count_if(outcome.left.begin(), outcome.left.end(), named) >= 1);
                stubborn.come_back();
            }
        }
    }
}

TEST_CASE("A run waits for its given-up calls as long as the drain timeout: they come back, then `end` is called") {
    for (const std::uint64_t seed : seeds() | std::views::take(50)) {
        for (const char* kind : {"node", "foreign"}) {
            for (const char* arrow : {"->", "~>"}) {
                INFO("seed " << seed << ' ' << kind << ' ' << arrow);
                Virtual world(seed, [] { FAIL("every thread waits for ever"); });
                Stage stage;
                stage.options.drain_timeout = 30 * second;
                Stubborn stubborn{.world = world, .patience = 5 * second};
                int ends = 0;
                stage.roles["from"] = Stage::numbers(2);
                stage.roles["slow"] = stubborn.role(kind == std::string("node"), &ends);
                stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
                    return FLOWRUN_OK;
                };
                const Outcome outcome =
                    stage.run(world, std::string("nodes: { from: {uses: source}, slow: {uses: ") + kind +
                                         "}, dead: {uses: node} }\nedges:\n  - from " + arrow +
                                         " slow: { timeout: 200ms }\n  - slow.error -> dead\n");
                CHECK(outcome.drained);
                CHECK_FALSE(outcome.hung);
                CHECK(outcome.left.empty());
                CHECK(stubborn.inside == 0);
                CHECK(outcome.ledger.edges[0].claimed == 2);
                if (kind == std::string("node")) CHECK(ends == 1);
                stubborn.come_back();
            }
        }
    }
}

TEST_CASE("What comes back too late sends nothing and is answered that it was given up") {
    for (const char* arrow : {"->", "~>"}) {
        INFO(arrow);
        Virtual world(1, [] { FAIL("every thread waits for ever"); });
        Stage stage;
        std::vector<std::string> got;
        std::vector<std::int32_t> said, stopping;
        stage.roles["from"] = Stage::numbers(3);
        stage.roles["slow"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            nap(world, 2 * second);
            stopping.push_back(host.stopping(call));
            said.push_back(host.emit(call, 0, message));
            const Time before = world.now();
            said.push_back(host.sleep(call, hour));
            CHECK(world.now() == before);
            return FLOWRUN_OK;
        };
        stage.roles["to"] = Stage::collect(got);
        stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            return FLOWRUN_OK;
        };
        stage.run(
            world,
            std::string("nodes: { from: {uses: source}, slow: {uses: foreign}, to: {uses: node}, dead: {uses: node} }\n"
                        "edges:\n  - from ") +
                arrow + " slow: { timeout: 1s }\n  - slow -> to\n  - slow.error -> dead\n");
        nap(world, 10 * second);
        CHECK(said.size() == 6);
        for (const std::int32_t status : said) CHECK(status < 0);
        for (const std::int32_t status : stopping) CHECK(status < 0);
        CHECK(got.empty());
    }
}

TEST_CASE("A handler that asks whether to stop is told so as soon as its deadline has passed, and not before") {
    for (const char* kind : {"node", "open", "polite", "foreign"}) {
        for (const char* arrow : {"->", "~>"}) {
            INFO(kind << ' ' << arrow);
            Virtual world(1, [] { FAIL("every thread waits for ever"); });
            Stage stage;
            std::vector<Duration> told;
            stage.roles["from"] = Stage::numbers(5);
            stage.roles["asks"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
                const Time begun = world.now();
                while (host.stopping(call) == 0 && world.now() < begun + second) nap(world, millisecond);
                told.push_back(world.now() - begun);
                return host.stopping(call);
            };
            stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
                return FLOWRUN_OK;
            };
            stage.run(world, std::string("nodes: { from: {uses: source}, asks: {uses: ") + kind +
                                 "}, dead: {uses: node} }\nedges:\n  - from " + arrow +
                                 " asks: { timeout: 50ms }\n  - asks.error -> dead\n");
            nap(world, 5 * second);
            REQUIRE(told.size() == 5);
            CHECK(*std::min_element(told.begin(), told.end()) >= 49 * millisecond);  // begun before it was entered
            CHECK(*std::max_element(told.begin(), told.end()) <= 52 * millisecond);
        }
    }
}

TEST_CASE("Thousands of calls that are given up and come back leave neither memory nor threads behind") {
    for (const char* arrow : {"->", "~>"}) {
        INFO(arrow);
        constexpr int rounds = 20, at_once = 200;
        Virtual world(1, [] { FAIL("every thread waits for ever"); });
        Stage stage;
        Stubborn stubborn{.world = world, .patience = second};
        std::vector<std::int64_t> bytes, alive;
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            const value::Value v = *value::parse("{\"n\":1}");
            for (int round = 0; round < rounds; ++round) {
                for (int i = 0; i < at_once; ++i) (void)host.emit(call, 0, given(v));
                if (const std::int32_t status = host.sleep(call, 60 * second); status != 0) return status;
                bytes.push_back(in_use());
                alive.push_back(threads());
            }
            return FLOWRUN_OK;
        };
        stage.roles["slow"] = stubborn.role(false);
        stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            return FLOWRUN_OK;
        };
        const bool async = arrow == std::string("~>");
        const Outcome outcome = stage.run(
            world,
            fmt::format("nodes: {{ from: {{uses: source}}, slow: {{uses: foreign}}, dead: {{uses: open}} }}\nedges:\n"
                        "  - from {} slow: {{ timeout: 50ms{} }}\n  - slow.error -> dead\n",
                        arrow, async ? ", workers: 200, order: none, buffer: 200" : ""));
        CHECK_FALSE(outcome.hung);
        CHECK(outcome.ledger.edges[0].claimed == rounds * at_once);
        REQUIRE(alive.size() == rounds);
        CHECK(alive.back() <= alive[2] + 16);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        CHECK(bytes.back() <= bytes[2] + (std::int64_t{1} << 20U));
#endif
        nap(world, 5 * second);
    }
}

TEST_CASE("A call that is given up late in a long drain has the drain timeout as well, and `end` is called after it") {
    for (const char* kind : {"node", "foreign"}) {
        INFO(kind);
        Virtual world(1, [] { FAIL("every thread waits for ever"); });
        Stage stage;
        stage.options.drain_timeout = 3 * second;
        Stubborn stubborn{.world = world, .patience = 2 * second};
        int ends = 0;
        std::vector<std::string> caught;
        stage.roles["from"] = Stage::numbers(8);
        // Eight seconds of backlog after the source has ended.
        stage.roles["slow"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            const std::int32_t status = host.sleep(call, second);
            return status < 0 ? status : host.forward(call, 0, message);
        };
        stage.roles["stays"] = stubborn.role(true, &ends);
        stage.roles["dead"] = Stage::collect(caught);
        const Outcome outcome = stage.run(
            world, std::string("nodes: { from: {uses: source}, slow: {uses: polite}, stays: {uses: ") + kind +
                       "}, dead: {uses: node} }\nedges:\n  - from ~> slow\n  - slow ~> stays: { timeout: 200ms }\n"
                       "  - stays.error -> dead\n");
        CHECK(caught.size() == 8);
        CHECK(ends == 1);
        CHECK_FALSE(outcome.hung);
        CHECK_FALSE(outcome.ledger.failed());
        stubborn.come_back();
    }
}
