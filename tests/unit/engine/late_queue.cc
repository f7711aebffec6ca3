#include "late_queue.hh"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "seeds.hh"
#include "stage.hh"

namespace flowrun::engine::test {

// Only one thread of a simulated world runs at a time, and none gives its turn away in here: no lock.
struct LateQueue::State : std::enable_shared_from_this<LateQueue::State> {
    State(World& w, std::uint64_t seed, Habits h, std::shared_ptr<Deeds> d)
        : world(w), random(seed * 0x9E3779B97F4A7C15U + 7), habits(h), deeds(std::move(d)) {}

    World& world;
    std::mt19937_64 random;
    const Habits habits;
    const std::shared_ptr<Deeds> deeds;
    Listener* listener = nullptr;  // nullptr: closed
    std::deque<queue::Item> waiting;
    std::map<std::uint64_t, queue::Item> out;  // by lease
    std::uint64_t last_lease = 0;

    bool chance(int percent) { return random() % 100 < static_cast<std::uint64_t>(percent); }
    void later(Duration most, std::function<void(State&)> what) {
        const Duration d = most == 0 ? 0 : static_cast<Duration>(random() % static_cast<std::uint64_t>(most));
        at(d, std::move(what));
    }
    void at(Duration d, std::function<void(State&)> what) {
        world.at(after(world.now(), d), [self = shared_from_this(), what = std::move(what)] {
            if (self->listener != nullptr) what(*self);
        });
    }
    void arrive(queue::Item item) {
        waiting.push_back(std::move(item));
        listener->arrived();
    }
    void expire(std::uint64_t lease) {
        const auto found = out.find(lease);
        if (found == out.end() || found->second.attempts == 2) return;
        queue::Item item = std::move(found->second);
        out.erase(found);
        item.again = true;
        ++item.attempts;
        arrive(std::move(item));
    }
    void settle(std::uint64_t lease) {
        if (listener == nullptr) return;
        if (chance(habits.loses_acks)) return;
        out.erase(lease);
        if (chance(habits.loses_answers)) return;
        const bool doubts = chance(habits.doubts_acks);
        later(habits.ack_late, [lease, doubts](State& state) {
            const Error why = Error::of(Code::unavailable, "the connection was lost");
            if (!doubts) ++state.deeds->sure;
            state.listener->settled(lease, doubts ? &why : nullptr);
        });
    }
};

LateQueue::LateQueue(World& world, std::uint64_t seed, Habits habits, std::shared_ptr<Deeds> deeds)
    : state_(std::make_shared<State>(world, seed, habits, std::move(deeds))) {}
LateQueue::~LateQueue() { close(); }

void LateQueue::open(Listener& listener) { state_->listener = &listener; }

queue::Queue::Pushed LateQueue::push(queue::Item& item, std::uint64_t push) {
    State& s = *state_;
    ++s.deeds->pushes;
    if (s.listener == nullptr || s.chance(s.habits.refuses)) return ++s.deeds->refused, Pushed::refused;
    if (s.chance(s.habits.holds_at_once)) {
        ++s.deeds->held;
        s.arrive(std::move(item));
        return Pushed::held;
    }
    if (s.chance(s.habits.fails)) {
        s.later(s.habits.push_late, [push](State& state) {
            ++state.deeds->failed;
            const Error why = Error::of(Code::unavailable, "the disk is full");
            state.listener->pushed(push, &why);
        });
        return Pushed::pending;
    }
    const bool answers = !s.chance(s.habits.never_answers);
    auto kept = std::make_shared<queue::Item>(std::move(item));
    if (s.habits.keeps_order) {
        s.later(s.habits.push_late, [push, kept, answers](State& state) {
            ++state.deeds->held;
            state.arrive(std::move(*kept));
            if (answers) state.listener->pushed(push, nullptr);
        });
        return Pushed::pending;
    }
    s.later(s.habits.push_late, [kept](State& state) { state.arrive(std::move(*kept)); });
    s.later(s.habits.push_late, [push, answers](State& state) {
        ++state.deeds->held;
        if (answers) state.listener->pushed(push, nullptr);
    });
    return Pushed::pending;
}

std::size_t LateQueue::take(queue::Item* items, std::size_t n) {
    State& s = *state_;
    std::size_t taken = 0;
    for (; s.listener != nullptr && taken < n && !s.waiting.empty(); ++taken) {
        queue::Item& item = items[taken];
        item = std::move(s.waiting.front());
        s.waiting.pop_front();
        item.lease = ++s.last_lease;
        ++s.deeds->given;
        if (item.again) ++s.deeds->again;
        s.out.emplace(item.lease, item);
        if (s.habits.lease != 0) s.at(s.habits.lease, [lease = item.lease](State& state) { state.expire(lease); });
    }
    return taken;
}

void LateQueue::ack(std::uint64_t lease) {
    ++state_->deeds->acks;
    state_->settle(lease);
}
void LateQueue::reject(std::uint64_t lease, const Error&) {
    ++state_->deeds->rejects;
    state_->settle(lease);
}
void LateQueue::nack(std::uint64_t lease, Duration delay, std::uint32_t, const Error*) {
    state_->at(delay, [lease](State& state) { state.expire(lease); });
}

queue::Depth LateQueue::depth() const { return {state_->waiting.size() + state_->out.size(), 0}; }

void LateQueue::close() {
    state_->listener = nullptr;
    state_->deeds->closed = true;
}

}  // namespace flowrun::engine::test

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }
value::Value numbered(int n) { return *value::parse(fmt::format(R"({{"n":{}}})", n)); }

// A flow of which some edges have late queues, and what is seen of it.
class LateRun {
public:
    explicit LateRun(std::uint64_t seed)
        : world(seed,
                [seed] {
                    fmt::print(stderr, "every thread waits for ever behind a late queue, seed {}\n", seed);
                    std::_Exit(3);
                }),
          seed_(seed), random(seed * 31 + 5) {
        stage.options.drain_timeout = 300 * second;
        stage.options.seed = seed;
        stage.options.queues = [this](const Edge& edge) -> std::unique_ptr<queue::Queue> {
            const auto found = late.find(edge.to->name);
            if (found == late.end()) return nullptr;
            auto d = deeds[edge.to->name] = std::make_shared<Deeds>();
            return std::make_unique<LateQueue>(world, seed_, found->second, std::move(d));
        };
    }
    std::uint64_t draw(std::uint64_t below) { return random() % below; }
    Habits habits() {
        Habits h;
        h.holds_at_once = draw(2) == 0 ? 30 : 0;
        h.refuses = draw(2) == 0 ? 10 : 0;
        h.fails = draw(2) == 0 ? 15 : 0;
        h.loses_acks = draw(3) == 0 ? 20 : 0;
        h.loses_answers = draw(3) == 0 ? 20 : 0;
        h.doubts_acks = draw(3) == 0 ? 20 : 0;
        h.push_late = static_cast<Duration>(1 + draw(40)) * millisecond;
        h.ack_late = static_cast<Duration>(draw(30)) * millisecond;
        h.lease = draw(2) == 0 ? static_cast<Duration>(5 + draw(60)) * millisecond : 0;
        h.keeps_order = draw(2) == 0;
        return h;
    }
    // Sends {n: 0} … and notes what came of each.
    void sends(const std::string& node, int count, Duration every = 0) {
        stage.roles[node].run = [this, count, every](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int n = 0; n < count && host.stopping(call) == 0; ++n) {
                sent[n] = host.emit(call, 0, given(numbered(n)));
                if (every != 0) host.sleep(call, every);
            }
            return FLOWRUN_OK;
        };
    }
    // Takes up to so long for each.
    void handles(const std::string& node, Duration most,
                 std::function<std::int32_t(const flowrun_host&, flowrun_call*, std::int64_t)> then = {}) {
        stage.roles[node].handle = [this, most, then](const flowrun_host& host, flowrun_call* call,
                                                      const flowrun_value* message) -> std::int32_t {
            const std::int64_t n = number(message, "n");
            ++handled[n];
            if (ended) wrong += fmt::format("{} is handled after the end; ", n);
            if (most != 0) {
                const auto d = static_cast<Duration>(draw(static_cast<std::uint64_t>(most)));
                if (const auto status = host.sleep(call, d); status < 0) return status;
            }
            return then ? then(host, call, n) : FLOWRUN_OK;
        };
        stage.roles[node].end = [this](const flowrun_host&, flowrun_call*) {
            ended = true;
            return FLOWRUN_OK;
        };
    }
    Outcome run(const std::string& nodes, const std::string& edges,
                const std::function<void(Runner&)>& meanwhile = {}) {
        const Outcome outcome = stage.run(world, "nodes: { " + nodes + " }\nedges:\n" + edges, meanwhile);
        for (const Account& a : outcome.ledger.edges) {
            if (!a.adds_up())
                wrong += fmt::format(
                    "{}: accepted {} is not ok {} + filtered {} + dropped {} + claimed {} + failed {} + left {}; ",
                    a.edge, a.accepted, a.ok, a.filtered, a.dropped, a.claimed, a.failed, a.left);
        }
        return outcome;
    }
    // What was sent and accepted was handled; what was refused was not; more than once only what was given out again.
    void judge_handled(const Deeds& d) {
        std::uint64_t more = 0;
        for (const auto& [n, status] : sent) {
            const auto times = handled[n];
            if (status == FLOWRUN_OK && times == 0) wrong += fmt::format("{} is lost; ", n);
            if (status < 0 && status != FLOWRUN_E_TIMEOUT && status != FLOWRUN_E_CANCELLED && times != 0)
                wrong += fmt::format("{} was refused and handled; ", n);
            if (times > 1) more += times - 1;
        }
        if (more > d.again) wrong += fmt::format("{} more than once, {} given out again; ", more, d.again);
    }
    void pause(Duration d) {
        std::mutex mutex;
        Condition nobody;
        std::unique_lock lock(mutex);
        const Time until = after(world.now(), d);
        while (world.now() < until) world.wait(nobody, lock, until);
    }
    std::uint64_t accepted() const {
        return static_cast<std::uint64_t>(
            std::count_if(sent.begin(), sent.end(), [](const auto& s) { return s.second == FLOWRUN_OK; }));
    }

    Virtual world;
    Stage stage;
    std::map<std::string, Habits> late;  // by the node that an edge leads to
    std::map<std::string, std::shared_ptr<Deeds>> deeds;
    std::map<std::int64_t, std::int32_t> sent;
    std::map<std::int64_t, std::uint64_t> handled;
    bool ended = false;
    std::string wrong;

private:
    const std::uint64_t seed_;
    std::mt19937_64 random;
};

std::string drawn_policy(LateRun& run) {
    static constexpr const char* all[] = {"order: none, workers: 3",
                                          "order: none",
                                          "buffer: 1",
                                          "workers: 2, order: by_key, key: \"msg.n % 3\"",
                                          "batch: { max: 3, linger: 5ms }, order: none",
                                          "rate: 500/s, order: none",
                                          "order: fifo"};
    return all[run.draw(std::size(all))];
}

auto some_seeds() { return seeds() | std::views::take(400); }

void report(const LateRun& run, std::uint64_t seed, const std::string& how = {}) {
    if (!run.wrong.empty()) FAIL("seed " << seed << how << ": " << run.wrong);
}

}  // namespace

TEST_CASE("What a late queue has accepted is handled, and more than once only what it gives out again") {
    for (const std::uint64_t seed : some_seeds()) {
        LateRun run(seed);
        run.late["to"] = run.habits();
        run.sends("from", 20, run.draw(2) == 0 ? 3 * millisecond : 0);
        run.handles("to", static_cast<Duration>(run.draw(20)) * millisecond);
        const std::string policy = drawn_policy(run);
        const bool batch = policy.find("batch") != std::string::npos;
        if (batch) {
            run.stage.roles["to"].handle = [&run](const flowrun_host&, flowrun_call*, const flowrun_value* list) {
                const auto& node = *reinterpret_cast<const value::Node*>(list);
                const std::string json = value::to_json(node);
                for (std::size_t at = 0; (at = json.find("\"n\":", at)) != std::string::npos; ++at)
                    ++run.handled[std::stoll(json.substr(at + 4))];
                return FLOWRUN_OK;
            };
        }
        const Outcome outcome =
            run.run("from: {uses: source}, to: {uses: open}", "  - from.out ~> to: { " + policy + " }\n");
        const Account& a = outcome.ledger.edges[0];
        const Deeds& d = *run.deeds["to"];
        run.judge_handled(d);
        if (!outcome.drained) run.wrong += "not drained; ";
        if (a.accepted != run.accepted() || a.accepted != d.held) run.wrong += "accepted is not what was answered; ";
        if (a.ok != a.accepted) run.wrong += fmt::format("ok {} of {}; ", a.ok, a.accepted);
        // Some may come again when nobody takes them any more.
        if (a.again > d.again) run.wrong += fmt::format("again {} is not {}; ", a.again, d.again);
        if (a.in_doubt != d.unsure()) run.wrong += fmt::format("in doubt {} is not {}; ", a.in_doubt, d.unsure());
        if (d.acks != a.ok + a.again) run.wrong += fmt::format("{} acks for {} and {} again; ", d.acks, a.ok, a.again);
        if (!d.closed) run.wrong += "not closed; ";
        report(run, seed, ", " + policy);
    }
}

TEST_CASE("An ack that is never answered stops nothing, and is named at the end") {
    for (const int way : {0, 1, 2}) {
        CAPTURE(way);
        LateRun run(1);
        Habits& h = run.late["to"];
        h.push_late = 2 * millisecond;
        (way == 0 ? h.loses_acks : way == 1 ? h.loses_answers : h.doubts_acks) = 100;
        run.sends("from", 10);
        run.handles("to", 0);
        const Outcome outcome = run.run("from: {uses: source}, to: {uses: node}", "  - from.out ~> to\n");
        CHECK(run.wrong == "");
        CHECK(outcome.drained);
        CHECK(outcome.took < 100 * millisecond);
        CHECK(outcome.ledger.edges[0].ok == 10);
        CHECK(outcome.ledger.edges[0].left == 0);
        CHECK(outcome.ledger.edges[0].in_doubt == 10);
        CHECK_FALSE(outcome.ledger.failed());
        REQUIRE(outcome.left.size() == 1);
        CHECK(outcome.left[0].find("10 messages in from.out ~> to, in doubt") == 0);
    }
}

TEST_CASE("Acks that are answered in time leave nothing in doubt") {
    LateRun run(1);
    run.late["to"].push_late = 2 * millisecond;
    run.sends("from", 10);
    run.handles("to", 0);
    const Outcome outcome = run.run("from: {uses: source}, to: {uses: node}, after: {uses: node}",
                                    "  - from.out ~> to\n  - to.out -> after\n");
    CHECK(run.wrong == "");
    CHECK(outcome.ledger.edges[0].in_doubt == 0);
    CHECK(outcome.left.empty());
}

TEST_CASE("Retries, error routes, workers and keys are behind a late queue what they are in memory") {
    for (const std::uint64_t seed : some_seeds()) {
        LateRun run(seed);
        Habits& h = run.late["to"];
        h = run.habits();
        h.keeps_order = true;
        h.lease = 0;
        const bool late_route = run.draw(2) == 0;
        if (late_route) run.late["dead"] = run.habits();
        std::map<std::int64_t, std::int64_t> newest;
        std::map<std::int64_t, int> inside;
        std::map<std::int64_t, std::uint64_t> dead;
        run.sends("from", 24);
        run.handles("to", 0, [&](const flowrun_host& host, flowrun_call* call, std::int64_t n) -> std::int32_t {
            if (++inside[n % 4] != 1) run.wrong += "two of a key at once; ";
            if (newest[n % 4] > n) run.wrong += fmt::format("{} before {}; ", newest[n % 4], n);
            newest[n % 4] = n;
            host.sleep(call, static_cast<Duration>(run.draw(4)) * millisecond);
            --inside[n % 4];
            const auto left = static_cast<std::int64_t>(run.handled[n]);
            return left <= n % 5 ? fail(host, call, FLOWRUN_E_UNAVAILABLE, "not now") : FLOWRUN_OK;
        });
        run.stage.roles["dead"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            ++dead[number(
                reinterpret_cast<const flowrun_value*>(reinterpret_cast<const value::Node*>(message)->member("msg")),
                "n")];
            return FLOWRUN_OK;
        };
        const Outcome outcome = run.run(
            "from: {uses: source}, to: {uses: open}, dead: {uses: open}",
            fmt::format("  - from.out ~> to: {{ workers: 3, order: by_key, key: \"msg.n % 4\", retry: {{ attempts: 3, "
                        "backoff: 4ms }} }}\n  - to.error {} dead\n",
                        late_route ? "~>" : "->"));
        const Account& a = outcome.ledger.edges[0];
        std::uint64_t claimed = 0, tries = 0, failing = 0;
        for (const auto& [n, status] : run.sent) {
            if (status < 0) continue;
            const auto expected = static_cast<std::uint64_t>(std::min<std::int64_t>(n % 5 + 1, 3));
            if (run.handled[n] != expected) run.wrong += fmt::format("{} had {} attempts; ", n, run.handled[n]);
            tries += expected - 1;
            if (n % 5 >= 3) ++failing;
            if (n % 5 < 3 && dead[n] != 0) run.wrong += fmt::format("{} went well and to the error route; ", n);
            if (dead[n] != 0) ++claimed;
        }
        if (a.accepted != run.accepted()) run.wrong += "accepted is not what was answered; ";
        if (a.retried != tries) run.wrong += fmt::format("{} retried, not {}; ", a.retried, tries);
        if (!late_route && (claimed != failing || a.claimed != failing)) run.wrong += "an error route was not asked; ";
        if (a.claimed + a.failed != failing) run.wrong += "what failed is not accounted for; ";
        if (late_route && a.claimed > claimed) run.wrong += "claimed, and lost on the error route; ";
        report(run, seed);
    }
}

TEST_CASE("What is given out again is not handled any more when its node has ended") {
    for (const std::uint64_t seed : some_seeds()) {
        LateRun run(seed);
        Habits& h = run.late["to"];
        h.loses_acks = 100;
        h.push_late = millisecond;
        h.lease = 3 * millisecond;
        run.sends("from", 5);
        run.handles("to", 0, [](const flowrun_host& host, flowrun_call* call, std::int64_t n) {
            return host.emit(call, 0, given(numbered(static_cast<int>(n))));
        });
        run.stage.roles["slow"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return host.sleep(call, 30 * millisecond);
        };
        const Outcome outcome = run.run("from: {uses: source}, to: {uses: node}, slow: {uses: polite}",
                                        "  - from.out ~> to\n  - to.out ~> slow\n");
        if (!outcome.drained) run.wrong += "not drained; ";
        if (outcome.took > second) run.wrong += "it went on and on; ";
        report(run, seed);
    }
}

TEST_CASE("A run with a late queue that is stopped deals with what it has, and one that is cancelled accounts for it") {
    for (const std::uint64_t seed : some_seeds()) {
        LateRun run(seed);
        run.late["to"] = run.habits();
        const bool cancels = seed % 2 == 0;
        run.sends("from", 60, millisecond);
        run.handles("to", 8 * millisecond);
        const Duration when = static_cast<Duration>(run.draw(60)) * millisecond;
        const std::string policy = run.draw(2) == 0 ? "order: none, workers: 2" : "buffer: 2";
        const Outcome outcome = run.run("from: {uses: source}, to: {uses: open}",
                                        "  - from.out ~> to: { " + policy + " }\n", [&](Runner& runner) {
                                            run.pause(when);
                                            cancels ? runner.cancel() : runner.stop();
                                        });
        const Account& a = outcome.ledger.edges[0];
        if (!cancels) {
            run.judge_handled(*run.deeds["to"]);
            if (!outcome.drained || a.left != 0) run.wrong += "not drained; ";
        }
        if (a.ok + a.left + a.failed != a.accepted) run.wrong += "does not add up; ";
        if (outcome.took > when + 5 * second) run.wrong += "takes too long; ";
        report(run, seed, cancels ? ", cancelled" : ", stopped");
    }
}

TEST_CASE(
    "Who waits for a late answer has it in time, or a timeout, whether on a thread, by forwarding or without waiting") {
    for (const std::uint64_t seed : some_seeds()) {
        LateRun run(seed);
        Habits& h = run.late["to"];
        h.push_late = 40 * millisecond;
        h.fails = 10;
        h.refuses = 5;
        h.never_answers = run.draw(3) == 0 ? 10 : 0;
        const bool async = run.draw(2) == 0, forwards = run.draw(2) == 0;
        run.sends("from", 15);
        std::map<std::int64_t, Time> began;
        std::map<std::int64_t, std::string> codes;
        run.stage.roles["mid"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                            const flowrun_value* message) {
            began[number(message, "n")] = host.now();
            return forwards ? host.forward(call, 0, message) : host.emit(call, 0, message);
        };
        run.handles("to", 0);
        run.stage.roles["dead"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value* message) {
            const auto& root = *reinterpret_cast<const value::Node*>(message);
            const std::int64_t n = number(reinterpret_cast<const flowrun_value*>(root.member("msg")), "n");
            const std::string code(*root.member("error")->member("code")->as_string());
            codes[n] = code;
            const Duration took = host.now() - began[n];
            if (code == "timeout" && took < 20 * millisecond) run.wrong += "a timeout before its time; ";
            if (took > 45 * millisecond) run.wrong += fmt::format("{} ms for an answer; ", took / millisecond);
            return FLOWRUN_OK;
        };
        const Outcome outcome = run.run("from: {uses: source}, mid: {uses: open}, to: {uses: open}, dead: {uses: open}",
                                        fmt::format("  - from.out {} mid: {{ timeout: 20ms{} }}\n  - mid.out ~> to: {{ "
                                                    "order: none }}\n  - mid.error -> dead\n",
                                                    async ? "~>" : "->", async ? ", workers: 3, order: none" : ""),
                                        [&](Runner& runner) {
                                            if (h.never_answers == 0) return;
                                            run.pause(second);
                                            runner.cancel();  // what has no answer is never known
                                        });
        for (const auto& [n, status] : run.sent) {
            if (status != FLOWRUN_OK && codes[n] == "") continue;
            if (run.handled[n] == 0 && codes[n].empty()) run.wrong += fmt::format("{} is lost; ", n);
            if (run.handled[n] > 1) run.wrong += fmt::format("{} is handled twice; ", n);
            if (run.handled[n] != 0 && !codes[n].empty() && codes[n] != "timeout")
                run.wrong += fmt::format("{} failed and was handled; ", n);
        }
        const Account& a = outcome.ledger.edges[1];
        std::uint64_t handled = 0;
        for (const auto& [n, times] : run.handled) handled += times;
        if (a.ok > handled || a.in_doubt > a.ok) run.wrong += "more dealt with than was handled; ";
        report(run, seed, fmt::format("{}{}", async ? ", async" : ", sync", forwards ? ", forwards" : ", emits"));
    }
}

TEST_CASE("Messages that are sent without waiting are answered, each once, when a late queue has answered") {
    struct Answers {
        LateRun& run;
        int left = 0;
        struct One {
            Answers& of;
            int n;
        };
        std::deque<One> all;
        static void done(void* user, std::int32_t status, const flowrun_value*, const flowrun_error*) {
            One& one = *static_cast<One*>(user);
            if (one.of.run.sent.contains(one.n)) one.of.run.wrong += "answered twice; ";
            one.of.run.sent[one.n] = status;
            --one.of.left;
        }
    };
    for (const std::uint64_t seed : some_seeds()) {
        LateRun run(seed);
        Habits& h = run.late["to"];
        h = run.habits();
        h.lease = 0;
        Answers answers{run, 0, {}};
        run.stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int n = 0; n < 20; ++n) {
                ++answers.left;
                answers.all.push_back({answers, n});
                if (host.emit_async(call, 0, given(numbered(n)), nullptr, &Answers::done, &answers.all.back()) !=
                    FLOWRUN_OK)
                    --answers.left;
            }
            return FLOWRUN_OK;
        };
        run.handles("to", 5 * millisecond);
        const bool cancels = seed % 3 == 0;
        const Outcome outcome =
            run.run("from: {uses: source}, to: {uses: open}",
                    "  - from.out ~> to: { order: none, buffer: 4, workers: 2 }\n", [&](Runner& runner) {
                        if (!cancels) return;
                        run.pause(static_cast<Duration>(run.draw(30)) * millisecond);
                        runner.cancel();
                    });
        if (answers.left != 0 && !cancels) run.wrong += fmt::format("{} without an answer; ", answers.left);
        if (!cancels) {
            run.judge_handled(*run.deeds["to"]);
            if (outcome.ledger.edges[0].accepted != run.accepted()) run.wrong += "accepted is not what was answered; ";
        }
        report(run, seed, cancels ? ", cancelled" : "");
    }
}
