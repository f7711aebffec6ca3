// Components of core over long spans of virtual time, in the engine itself: what comes when, that nothing is lost, and
// that memory stays flat.

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>

#include <catch2/catch.hpp>

#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

constexpr Duration hour = 3600 * second, day = 24 * hour;

// Bytes in use, of all threads.
std::int64_t in_use() {
    char* text = nullptr;
    std::size_t size = 0;
    FILE* const out = ::open_memstream(&text, &size);
    (void)::malloc_info(0, out);
    (void)std::fclose(out);
    // The sums of all arenas come last.
    const std::string_view all(text, size);
    const auto number_after = [all](std::string_view tag) {
        const std::size_t at = all.find("size=\"", all.rfind(tag));
        return std::strtoll(all.data() + at + 6, nullptr, 10);
    };
    const std::int64_t bytes = number_after("<system type=\"current\"") - number_after("<total type=\"fast\"") -
                               number_after("<total type=\"rest\"") + number_after("<total type=\"mmap\"");
    std::free(text);
    return bytes;
}

// What is in use now and then in a run: at most in its first tenth, and at most after it.
class Memory {
public:
    explicit Memory(std::uint64_t messages) : warm_(messages / 10) {}
    void look() {
        if (++seen_ % 100 != 0) return;
        const std::int64_t now = in_use();
        if (seen_ <= warm_) before_ = std::max(before_, now);
        else most_ = std::max(most_, now);
    }
    // A run of ten times the messages needs no more, but for a little.
    void check() const {
        REQUIRE(seen_ > warm_);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        INFO(before_ << " bytes at most in the first tenth, " << most_ << " after it");
        CHECK(most_ < before_ + (std::int64_t{512} << 10U));
#endif
    }

private:
    std::uint64_t warm_, seen_ = 0;
    std::int64_t before_ = 0, most_ = 0;
};

}  // namespace

TEST_CASE("A day of cron in virtual time comes at each of its minutes, in flat memory") {
    Stage stage;
    stage.bring(FLOWRUN_CORE);
    Virtual world(1);
    Memory memory(1440);
    std::vector<std::int64_t> minutes;
    stage.roles["out"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value*) {
        minutes.push_back(host.wall() / (60 * second));
        memory.look();
        return FLOWRUN_OK;
    };
    const Outcome outcome = stage.run(
        world,
        "nodes: { c: { uses: cron, with: { schedule: \"* * * * *\", timezone: UTC, count: 1440 } }, out: { uses: "
        "node } }\nedges: [c ~> out]\n");
    REQUIRE(minutes.size() == 1440);
    for (std::size_t i = 1; i < minutes.size(); ++i) REQUIRE(minutes[i] == minutes[i - 1] + 1);
    CHECK(outcome.took > 23 * hour);
    memory.check();
}

TEST_CASE("A slow day of cron counts what it missed, and every time is accounted for") {
    Stage stage;
    stage.bring(FLOWRUN_CORE);
    Virtual world(1);
    std::int64_t begun = 0, missed = 0;
    stage.roles["out"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        ++begun;
        missed += number(message, "missed");
        return host.sleep(call, 150 * second);
    };
    const Outcome outcome = stage.run(world,
                                      "nodes: { c: { uses: cron, with: { schedule: \"* * * * *\", timezone: UTC, "
                                      "count: 400 } }, out: { uses: node } }\n"
                                      "edges: [c -> out]\n");
    CHECK(outcome.ledger.messages == 400);
    CHECK(begun == 400);
    CHECK(missed == 2 * 399);
    CHECK(stage.reports.logs.size() == 399);
}

TEST_CASE("A day of a ticker through a throttle and distinct lets so many through, in flat memory") {
    Stage stage;
    stage.bring(FLOWRUN_CORE);
    Virtual world(1);
    Memory memory(86400);
    std::uint64_t passed = 0, rejected = 0, distinct = 0;
    const auto counting = [](std::uint64_t& number) {
        return [&number](const flowrun_host&, flowrun_call*, const flowrun_value*) { return ++number, FLOWRUN_OK; };
    };
    stage.roles["passed"].handle = counting(passed);
    stage.roles["rejected"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value*) {
        ++rejected;
        memory.look();
        return FLOWRUN_OK;
    };
    stage.roles["distinct"].handle = counting(distinct);
    const Outcome outcome = stage.run(world, R"(
nodes:
  ticks: { uses: ticker, with: { every: 1s, count: 86400 } }
  few: { uses: throttle, with: { rate: 6/h, burst: 1, key: msg.n % 3, max: 10 } }
  new: { uses: distinct, with: { key: msg.n / 100, ttl: 1h, max: 1000 } }
  passed: { uses: node }
  rejected: { uses: node }
  distinct: { uses: node }
edges:
  - ticks -> few -> passed
  - few.rejected -> new -> distinct
  - few.rejected -> rejected
)");
    CHECK(outcome.drained);
    CHECK(passed == 3 * 6 * 24);
    CHECK(passed + rejected == 86400);
    CHECK(distinct == 864);
    memory.check();
}

TEST_CASE("A day of groups of which some are late: each message leaves once, and memory is flat") {
    Stage stage;
    stage.bring(FLOWRUN_CORE);
    Virtual world(1);
    constexpr int messages = 40'000;
    Memory memory(messages / 4);
    std::uint64_t whole = 0, late = 0;
    stage.roles["numbers"] = Stage::numbers(messages, day / messages);
    stage.roles["out"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value* list) {
        whole += host.values->count(list);
        memory.look();
        return FLOWRUN_OK;
    };
    stage.roles["late"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value* message) {
        late += host.values->count(host.values->member(message, "msg", 3));
        memory.look();
        return FLOWRUN_OK;
    };
    // Every tenth group lacks a message.
    const Outcome outcome = stage.run(world, R"(
nodes:
  numbers: { uses: source }
  most: { uses: filter, with: { when: "msg.n % 40 != 7" } }
  four: { uses: join, with: { key: msg.n / 4, count: 4, timeout: 10m } }
  out: { uses: node }
  late: { uses: node }
edges:
  - numbers -> most -> four -> out
  - four.error -> late
)");
    CHECK(outcome.drained);
    CHECK(late == 3 * messages / 40);
    CHECK(whole + late == messages - messages / 40);
    CHECK(outcome.ledger.raised == 0);
    memory.check();
}

TEST_CASE("Whatever the interleaving, join answers for each message once: in a group, late, or at the end") {
    for (std::uint64_t seed : seeds()) {
        INFO("seed " << seed);
        Stage stage;
        stage.bring(FLOWRUN_CORE);
        std::map<std::int64_t, int> seen;
        const auto note = [&](const flowrun_value* list) {
            const flowrun_values& values = *host().values;
            for (std::uint64_t i = 0; i < values.count(list); ++i) ++seen[number(values.at(list, i), "n")];
        };
        stage.roles["numbers"] = Stage::numbers(12, 3 * second);
        stage.roles["out"].handle = [&](const flowrun_host& table, flowrun_call* call, const flowrun_value* list) {
            note(list);
            return table.sleep(call, 2 * second);  // longer than the next group has to wait
        };
        stage.roles["late"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            note(host().values->member(message, "msg", 3));
            return FLOWRUN_OK;
        };
        Virtual world(seed, [seed] { FAIL("every thread waits for ever with seed " << seed); });
        const Outcome outcome = stage.run(world, R"(
nodes:
  numbers: { uses: source }
  join: { uses: join, with: { key: msg.n % 5, count: 3, timeout: 20s, max_groups: 3 } }
  out: { uses: node }
  late: { uses: node }
edges:
  - numbers ~> join -> out: { timeout: 1500ms }
  - join.error -> late
)");
        CHECK(outcome.drained);
        REQUIRE(seen.size() == 12);
        for (const auto& [n, times] : seen) REQUIRE(times >= 1);  // a group that timed out in 'out' is seen there too
    }
}

TEST_CASE("Whatever the interleaving, groups that nobody takes fail the run and are told of") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        Stage stage;
        stage.bring(FLOWRUN_CORE);
        stage.roles["numbers"] = Stage::numbers(5, second);
        Virtual world(seed, [seed] { FAIL("every thread waits for ever with seed " << seed); });
        const Outcome outcome = stage.run(world, R"(
nodes:
  numbers: { uses: source }
  join: { uses: join, with: { key: msg.n, count: 2, timeout: 2s } }
edges:
  - numbers -> join
)");
        CHECK(outcome.drained);
        CHECK(outcome.ledger.failed());
        CHECK(outcome.ledger.root_failed == 5);
        CHECK(stage.reports.failures.size() == 5);
    }
}

TEST_CASE("A run that is cancelled tells of the groups that join holds") {
    Stage stage;
    stage.bring(FLOWRUN_CORE);
    Virtual world(1);
    stage.roles["numbers"].run = [](const flowrun_host& table, flowrun_call* call) -> std::int32_t {
        for (int i = 0; i < 3; ++i) {
            const value::Value v = *value::parse("{\"n\":" + std::to_string(i) + "}");
            (void)table.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
        }
        while (table.sleep(call, second) == FLOWRUN_OK) {}
        return FLOWRUN_E_CANCELLED;
    };
    const Outcome outcome = stage.run(world,
                                      "nodes: { numbers: { uses: source }, join: { uses: join, with: { count: 9 } } }\n"
                                      "edges: [numbers -> join]\n",
                                      [&](Runner& runner) {
                                          std::mutex mutex;
                                          Condition never_woken;
                                          std::unique_lock lock(mutex);
                                          (void)world.wait(never_woken, lock, 10 * second);
                                          lock.unlock();
                                          runner.cancel();
                                      });
    CHECK_FALSE(outcome.drained);
    CHECK(outcome.ledger.failed());
    REQUIRE(stage.reports.failures.size() == 1);
    CHECK_THAT(stage.reports.failures[0], Catch::Contains("it has 3 of 9 messages"));
}

TEST_CASE("count sends totals every hour of a day, and once more at the end") {
    Stage stage;
    stage.bring(FLOWRUN_CORE);
    Virtual world(1);
    std::vector<std::int64_t> totals;
    stage.roles["numbers"] = Stage::numbers(24 * 60, 60 * second);
    stage.roles["out"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* total) {
        totals.push_back(number(total, "count"));
        return FLOWRUN_OK;
    };
    stage.run(world,
              "nodes: { numbers: { uses: source }, count: { uses: count, with: { every: 1h } }, out: { uses: node } }\n"
              "edges: [numbers -> count -> out]\n");
    REQUIRE(totals.size() >= 24);
    CHECK(totals.back() == 24 * 60);
    CHECK(std::is_sorted(totals.begin(), totals.end()));
    for (std::size_t i = 0; i < 23; ++i) CHECK(totals[i] == Approx(60.0 * static_cast<double>(i + 1)).margin(1));
}
