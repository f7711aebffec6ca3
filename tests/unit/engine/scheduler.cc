// The pool's threads where calls block: how soon others take their place, and how many there are.

#include <algorithm>

#include <catch2/catch.hpp>

#include "engine/call/guarded_call.hh"
#include "engine/call/run_context.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

// Counts the threads that are started, and refuses some.
class Counting final : public World {
public:
    explicit Counting(World& of) : world_(of) {}
    Time now() override { return world_.now(); }
    std::int64_t wall() override { return world_.wall(); }
    Thread start(std::string name, Job job) override {
        if (refuses && refuses(name)) return {};
        ++started;
        return world_.start(std::move(name), std::move(job));
    }
    bool wait(Condition& condition, std::unique_lock<std::mutex>& lock, Time until) override {
        return world_.wait(condition, lock, until);
    }
    void wake_one(Condition& condition) override { world_.wake_one(condition); }
    void wake_all(Condition& condition) override { world_.wake_all(condition); }
    TimerId at(Time when, Job job) override { return world_.at(when, std::move(job)); }
    bool cancel(TimerId timer) override { return world_.cancel(timer); }
    bool ready(int fd, bool write) override { return world_.ready(fd, write); }
    WatchId watch(int fd, bool write, Job job) override { return world_.watch(fd, write, std::move(job)); }
    bool unwatch(WatchId id) override { return world_.unwatch(id); }
    void step() override { world_.step(); }
    bool steps() const override { return world_.steps(); }
    int started = 0;
    std::function<bool(const std::string&)> refuses;

private:
    World& world_;
};

// Calls that never look and that come back after so long: for the engine they hang until then.
struct Rude {
    Duration patience;
    std::vector<Time> begun;
    std::mutex mutex;
    Condition nobody;
    Role role() {
        Role role;
        role.handle = [this](const flowrun_host& host, flowrun_call*, const flowrun_value*) {
            begun.push_back(host.now());
            World& world = RunContext::current()->world;
            Time until = after(world.now(), patience);
            std::unique_lock lock(mutex);
            while (world.now() < until) world.wait(nobody, lock, until);
            return FLOWRUN_OK;
        };
        return role;
    }
};

}  // namespace

TEST_CASE("Calls that block again and again do not start a thread each") {
    for (std::uint64_t seed : seeds() | std::views::take(50)) {
        CAPTURE(seed);
        Virtual virtual_world(seed);
        Counting world(virtual_world);
        Stage stage;
        stage.roles["from"] = Stage::numbers(400);
        stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return host.sleep(call, millisecond);
        };
        Outcome outcome = stage.run(world,
                                    "nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n"
                                    "  - from.out ~> to: { workers: 8, order: none }\n");
        REQUIRE(outcome.ledger.edges[0].ok == 400);
        REQUIRE(world.started <= 20);
    }
}

TEST_CASE("However many find a queue full, so many threads at the most are held by them, and all arrive") {
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
        const flowrun_value* kept;
        static void due(void* user) {
            auto& w = *static_cast<Waiting*>(user);
            flowrun_call* call = w.host.call_of(w.ticket);
            REQUIRE(w.host.emit_async(call, 0, w.kept, nullptr, &Waiting::passed, user) == FLOWRUN_OK);
        }
        static void fails(void* user) { passed(user, FLOWRUN_E_FAILED, nullptr, nullptr); }
        static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
            const std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
            w->host.values->release(w->kept);
            (void)w->host.complete(w->ticket, status, reply, error);
        }
    };
    for (const char* edge : {"buffer: 1", "buffer: 4, order: none, workers: 2",
                             "buffer: 6, order: by_key, key: \"(has(msg.n) ? msg.n : msg.msg.n) % 3\""}) {
        for (std::uint64_t seed : seeds() | std::views::take(2)) {
            const bool fails = seed % 2 == 0;
            CAPTURE(edge, seed, fails);
            Stage stage;
            std::vector<std::string> got;
            stage.roles["from"] = Stage::numbers(600);
            stage.roles["wait"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                             const flowrun_value* message) {
                host.timer(stage.roles["wait"].node, second, fails ? &Waiting::fails : &Waiting::due,
                           new Waiting{host, host.pend(call), host.values->retain(message)});
                return static_cast<std::int32_t>(FLOWRUN_PENDING);
            };
            stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
                got.push_back(text(message));
                return host.sleep(call, millisecond);
            };
            const Outcome outcome =
                stage.run(std::string("nodes: { from: {uses: source}, wait: {uses: open}, to: {uses: open} }\nedges:\n"
                                      "  - from.out ~> wait: { workers: 600, order: none, buffer: 600 }\n  - wait.") +
                              (fails ? "error" : "out") + " ~> to: { " + edge + " }\n",
                          seed);
            REQUIRE(got.size() == 600);
            REQUIRE(outcome.ledger.edges[1].ok == 600);
            REQUIRE(outcome.threads <= 256 + 32);
        }
    }
}

TEST_CASE("A run that is cut short tells each that still waits for room, however many") {
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
        const flowrun_value* kept;
        int& told;
        static void due(void* user) {
            auto& w = *static_cast<Waiting*>(user);
            flowrun_call* call = w.host.call_of(w.ticket);
            const std::int32_t status = w.host.emit_async(call, 0, w.kept, nullptr, &Waiting::passed, user);
            if (status < 0) passed(user, status, nullptr, nullptr);
        }
        static void passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
            const std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
            ++w->told;
            w->host.values->release(w->kept);
            (void)w->host.complete(w->ticket, status, reply, error);
        }
    };
    int told = 0;
    Stage stage;
    stage.options.max_time = 2 * second;
    stage.options.drain_timeout = second;
    stage.roles["from"] = Stage::numbers(600);
    stage.roles["wait"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        host.timer(stage.roles["wait"].node, second, &Waiting::due,
                   new Waiting{host, host.pend(call), host.values->retain(message), told});
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return host.sleep(call, 10 * second);
    };
    const Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, wait: {uses: open}, to: {uses: open} }\nedges:\n"
        "  - from.out ~> wait: { workers: 600, order: none, buffer: 600 }\n  - wait.out ~> to: { buffer: 1 }\n");
    CHECK(told == 600);
    CHECK(outcome.took < 4 * second);
    CHECK(outcome.threads <= 256 + 32);
}

TEST_CASE("A thousand calls that hang begin at once, and each fails on time") {
    constexpr std::uint64_t count = 1000;
    Stage stage;
    Rude rude{.patience = 5 * second, .begun = {}, .mutex = {}, .nobody = {}};
    std::vector<Time> failed;
    stage.roles["from"] = Stage::numbers(count);
    stage.roles["to"] = rude.role();
    stage.roles["dead"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value*) {
        failed.push_back(host.now());
        return FLOWRUN_OK;
    };
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, to: {uses: foreign}, dead: {uses: open} }\nedges:\n"
        "  - from.out ~> to: { workers: 1000, order: none, timeout: 1s }\n  - to.error -> dead\n");
    REQUIRE(rude.begun.size() == count);
    CHECK(*std::max_element(rude.begun.begin(), rude.begun.end()) <= 75 * millisecond);
    REQUIRE(failed.size() == count);
    CHECK(*std::max_element(failed.begin(), failed.end()) <= second + 125 * millisecond);
    CHECK(outcome.ledger.edges[0].claimed == count);
    CHECK(outcome.threads <= count + 32);
}

TEST_CASE("No more calls are begun when so many hang, and they are again when those have come back") {
    constexpr std::uint64_t most = GuardedCall::most_abandoned;
    Stage stage;
    Rude rude{.patience = 3 * second, .begun = {}, .mutex = {}, .nobody = {}};
    std::map<std::string, std::uint64_t> codes;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        value::Value v = *value::parse("{}");
        const auto* message = reinterpret_cast<const flowrun_value*>(v.get());
        for (std::uint64_t i = 0; i < most; ++i) host.emit(call, 0, message);
        host.sleep(call, 2 * second);  // the first have been given up
        for (int i = 0; i < 10; ++i) host.emit(call, 0, message);
        host.sleep(call, 3 * second);  // and are back
        rude.patience = 0;
        return host.emit(call, 0, message);
    };
    stage.roles["to"] = rude.role();
    stage.roles["dead"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
        const value::Node* error = reinterpret_cast<const value::Node*>(message)->member("error");
        ++codes[std::string(*error->member("code")->as_string())];
        return FLOWRUN_OK;
    };
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, to: {uses: foreign}, dead: {uses: open} }\nedges:\n"
        "  - from.out ~> to: { buffer: 4000, workers: 2048, order: none, timeout: 1s }\n  - to.error -> dead\n");
    CHECK(codes["timeout"] == most);
    CHECK(codes["unavailable"] == 10);
    CHECK(outcome.ledger.edges[0].ok == 1);
    CHECK_FALSE(outcome.hung);
}

TEST_CASE("Where the system refuses all threads but the first, one worker does the work of all") {
    for (std::uint64_t seed : seeds() | std::views::take(50)) {
        CAPTURE(seed);
        Virtual virtual_world(seed);
        Counting world(virtual_world);
        int workers = 0;
        world.refuses = [&workers](const std::string& name) { return name == "flowrun-pool" && ++workers > 1; };
        Stage stage;
        stage.roles["from"] = Stage::numbers(100);
        stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return host.sleep(call, millisecond);
        };
        const Outcome outcome = stage.run(world,
                                          "nodes: { from: {uses: source}, to: {uses: open} }\nedges:\n"
                                          "  - from.out ~> to: { workers: 8, order: none }\n");
        REQUIRE(outcome.ledger.edges[0].ok == 100);
        REQUIRE(outcome.drained);
        REQUIRE_FALSE(outcome.starved);
        REQUIRE(stage.reports.notices.size() == 1);
    }
}

TEST_CASE(
    "Where every thread waits for what only another could do, and the system refuses it, the run ends and tells its "
    "account") {
    Virtual virtual_world(1);
    Counting world(virtual_world);
    int workers = 0;
    world.refuses = [&workers](const std::string& name) { return name == "flowrun-pool" && ++workers > 1; };
    Stage stage;
    stage.roles["from"] = Stage::numbers(100);
    // Its emits wait, on the only worker, for room that only a worker makes.
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        for (int i = 0; i < 3; ++i) {
            if (const std::int32_t status = host.emit(call, 0, message); status != FLOWRUN_OK) return status;
        }
        return std::int32_t{FLOWRUN_OK};
    };
    stage.roles["last"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    const Outcome outcome = stage.run(world,
                                      "nodes: { from: {uses: source}, to: {uses: node}, last: {uses: node} }\nedges:\n"
                                      "  - from.out ~> to: { buffer: 2 }\n  - to.out ~> last: { buffer: 1 }\n");
    CHECK(outcome.starved);
    CHECK_FALSE(outcome.drained);
    CHECK_FALSE(outcome.left.empty());
}

TEST_CASE("A source that the system refuses a thread is told, and the others end") {
    Virtual virtual_world(1);
    Counting world(virtual_world);
    world.refuses = [](const std::string& name) { return name == "source-second"; };
    Stage stage;
    int got = 0;
    stage.roles["first"].run = [](const flowrun_host& host, flowrun_call* call) {
        while (host.stopping(call) == 0) (void)host.sleep(call, millisecond);
        return FLOWRUN_OK;
    };
    stage.roles["second"] = Stage::numbers(3);
    stage.roles["to"].handle = [&got](const flowrun_host&, flowrun_call*, const flowrun_value*) {
        return ++got, FLOWRUN_OK;
    };
    const Outcome outcome =
        stage.run(world,
                  "nodes: { first: {uses: source}, second: {uses: source}, to: {uses: node} }\nedges:\n"
                  "  - first.out -> to\n  - second.out -> to\n");
    CHECK(got == 0);
    CHECK(outcome.starved);
    CHECK(outcome.drained);
    REQUIRE(stage.reports.failures.size() == 1);
    CHECK(stage.reports.failures[0].starts_with("second: unavailable"));
}

TEST_CASE("The end of a node that the system refuses a thread is told on the runner's own") {
    Virtual virtual_world(1);
    Counting world(virtual_world);
    world.refuses = [](const std::string& name) { return name.starts_with("end-"); };
    Stage stage;
    int ended = 0;
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["to"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    stage.roles["to"].end = [&ended](const flowrun_host&, flowrun_call*) { return ++ended, FLOWRUN_OK; };
    const Outcome outcome =
        stage.run(world, "nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from.out ~> to ]\n");
    CHECK(ended == 1);
    CHECK(outcome.drained);
    CHECK(outcome.ledger.edges[0].ok == 3);
}

TEST_CASE("A run that the system refuses its first threads does not begin") {
    for (const char* refused : {"flowrun-pool", "flowrun-watch"}) {
        CAPTURE(refused);
        Virtual virtual_world(1);
        Counting world(virtual_world);
        world.refuses = [refused](const std::string& name) { return name == refused; };
        Stage stage;
        stage.roles["from"] = Stage::numbers(3);
        stage.roles["to"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
        CHECK(stage.refusal(world, "nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from.out ~> to ]\n") ==
              "the system refuses the threads that a run needs");
    }
}
