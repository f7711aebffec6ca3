#include <algorithm>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "random_roles.hh"
#include "seeds.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

void cut_short(World& world, Runner& runner, const RandomFlow& flow) {
    const auto wait = [&](Duration d) {
        std::mutex mutex;
        Condition nobody;
        std::unique_lock lock(mutex);
        const Time until = after(world.now(), d);
        while (world.now() < until) world.wait(nobody, lock, until);
    };
    if (flow.cut == Cut::never || flow.cut == Cut::messages) return;
    wait(flow.cut_at);
    switch (flow.cut) {
        case Cut::stop: return runner.stop();
        case Cut::cancel: return runner.cancel();
        default: runner.interrupt();
    }
    if (flow.cut != Cut::interrupt_twice) return;
    wait(30 * millisecond);
    runner.interrupt();
}

// A thread that spins keeps the baton, and no virtual time comes to an end: this looks at the machine's.
class Watchdog {
public:
    explicit Watchdog(const std::function<void()>& bark)
        : thread_([this, bark] {
              std::unique_lock lock(mutex_);
              if (!told_.wait_for(lock, patience, [this] { return over_; })) bark();
          }) {}
    ~Watchdog() {
        {
            const std::scoped_lock lock(mutex_);
            over_ = true;
        }
        told_.notify_one();
        thread_.join();
    }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static constexpr std::chrono::seconds patience{200};
#else
    static constexpr std::chrono::seconds patience{30};  // a seed takes some milliseconds
#endif
    std::mutex mutex_;
    std::condition_variable told_;
    bool over_ = false;
    std::thread thread_;  // last: it uses the others
};

void judge_edge(const RandomFlow& flow, std::size_t i, const Outcome& outcome, RandomRoles& roles) {
    const RandomEdge& edge = flow.edges[i];
    const Account& a = outcome.ledger.edges[i];
    const RandomRoles::EdgeSeen& seen = roles.edges[i];
    if (!a.adds_up()) {
        roles.fault(fmt::format(
            "edge {}: accepted {} is not ok {} + filtered {} + dropped {} + claimed {} + failed {} + left {}", i,
            a.accepted, a.ok, a.filtered, a.dropped, a.claimed, a.failed, a.left));
    }
    if (a.retried != 0 && edge.attempts == 1) roles.fault(fmt::format("edge {}: tried again unasked", i));
    const bool timed = flow.least_timeout() != never;
    if (edge.async && !timed && seen.most > edge.workers)
        roles.fault(fmt::format("edge {}: {} at once with {} workers", i, seen.most, edge.workers));
    if (flow.cut == Cut::never && !timed && seen.again < seen.due)
        roles.fault(fmt::format("edge {}: tried again {} times, not {}", i, seen.again, seen.due));
    if (flow.cancels()) return;
    if (a.left != 0) roles.fault(fmt::format("edge {}: {} left", i, a.left));
    // Where nothing is dropped and no time is up, what is accepted enters its node.
    if (edge.blocks && !timed && seen.begun != a.accepted)
        roles.fault(fmt::format("edge {}: {} accepted, {} begun", i, a.accepted, seen.begun));
}

void judge(const RandomFlow& flow, const Outcome& outcome, RandomRoles& roles) {
    for (std::size_t i = 0; i < flow.edges.size(); ++i) judge_edge(flow, i, outcome, roles);
    if (outcome.timed_out) roles.fault("stalled");
    if (flow.max_messages != 0 && roles.roots > flow.max_messages)
        roles.fault(fmt::format("{} messages of {} were let through", roles.roots, flow.max_messages));
    if (flow.cancels()) return;
    if (!outcome.drained) roles.fault("not drained");
    if (outcome.hung) roles.fault("over before all calls have come back");
    if (roles.answered != roles.sent) roles.fault(fmt::format("{} sent, {} answered", roles.sent, roles.answered));
    for (int i = flow.sources; i < flow.nodes; ++i) {
        const auto& seen = roles.nodes[static_cast<std::size_t>(i)];
        if (seen.ends_begun == 0) roles.fault(fmt::format("n{}: its end did not come", i));
        if (seen.ends_over != seen.ends_begun) roles.fault(fmt::format("n{}: its end is not over", i));
    }
}

// Empty: all that must hold did. Else what did not, with the flow.
std::string random_run(std::uint64_t seed) {
    const RandomFlow flow(seed);
    Stage stage;
    stage.options.drain_timeout = 300 * second;
    stage.options.max_time = 3600 * second;  // a stall in which somebody looks again and again ends as well
    stage.options.seed = seed;
    stage.options.max_messages = flow.max_messages;
    Virtual world(seed, [&] {
        fmt::print(stderr, "every thread waits for ever with seed {}:\n{}\n", seed, flow.yaml());
        std::_Exit(3);
    });
    const Watchdog watchdog([&] {
        fmt::print(stderr, "a thread goes round and round with seed {}:\n{}\n", seed, flow.yaml());
        std::_Exit(3);
    });
    RandomRoles roles(flow, world, stage);
    const Outcome outcome = stage.run(world, flow.yaml(), [&](Runner& runner) { cut_short(world, runner, flow); });
    roles.await_stragglers();
    judge(flow, outcome, roles);
    if (roles.faults.empty()) return {};
    return fmt::format("seed {}: {}\ncut: {} after {} ms\n{}", seed, roles.faults, static_cast<int>(flow.cut),
                       flow.cut_at / millisecond, flow.yaml());
}

// What each of these has found. A change of what a seed draws makes them seeds as any other.
struct Found {
    std::uint64_t seed;
    const char* what;
};
constexpr Found found[] = {
    {1, "a deadline counted from a clock that had not been read for a while"},
    {8, "the same"},
    {27, "the same: a timeout, and an emit that timed out, before their time"},
    {44, "the same: an error route that had a timeout before its time"},
    {19, "a run that was over before a call that was given up had come back"},
    {28, "the same, after a stop"},
    {204, "the same, after an interrupt"},
    {35, "more messages than were asked for, begun from timers"},
    {43, "the same"},
    {3, "a thread that goes round and round: it waits for bytes of a queue"},
    {9, "the same"},
    {26, "the same"},
};

}  // namespace

TEST_CASE("Seeds that have found something find nothing any more") {
    for (const auto& [seed, what] : found) {
        INFO("seed " << seed << ": " << what);
        CHECK(random_run(seed) == "");
    }
}

TEST_CASE("Flows with cycles, late answers and messages of their own lose nothing, end nothing early, and keep time") {
    for (const std::uint64_t seed : seeds()) {
        const std::string wrong = random_run(seed);
        if (wrong.empty()) continue;
        FAIL(wrong << "replay: FLOWRUN_SEED=" << seed << " build/bin/test_engine \"Flows with cycles*\"");
    }
}
