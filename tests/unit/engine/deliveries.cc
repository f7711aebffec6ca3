#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "engine/call/run_context.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

// Counts who is inside at once.
struct Inside {
    int now = 0, most = 0, entered = 0;
    Role role(Duration each) {
        Role role;
        role.handle = [this, each](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            ++entered;
            most = std::max(most, ++now);
            std::int32_t status = host.sleep(call, each);
            --now;
            return status;
        };
        return role;
    }
};

std::string flow_to(const std::string& component, const std::string& options) {
    return "nodes: { from: {uses: source}, to: {uses: " + component + "} }\nedges:\n  - from.out ~> to: { " + options +
           " }\n";
}

}  // namespace

TEST_CASE("Workers deliver so many messages at once, and no more") {
    for (const char* workers : {"workers: 4", "workers: { min: 1, max: 4 }"}) {
        for (std::uint64_t seed : seeds()) {
            CAPTURE(workers, seed);
            Stage stage;
            Inside inside;
            stage.roles["from"] = Stage::numbers(40);
            stage.roles["to"] = inside.role(100 * millisecond);
            Outcome outcome = stage.run(flow_to("open", std::string("order: none, ") + workers), seed);
            REQUIRE(inside.most == 4);
            REQUIRE(inside.entered == 40);
            REQUIRE(outcome.took >= second);
            REQUIRE(outcome.took < second + 500 * millisecond);
        }
    }
}

TEST_CASE("By key the messages of a key keep their order, and those of other keys go on beside them") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::map<std::int64_t, std::vector<std::int64_t>> got;
        std::map<std::int64_t, int> inside;
        int now = 0, most = 0;
        stage.roles["from"] = Stage::numbers(60);
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            std::int64_t n = number(message, "n");
            REQUIRE(++inside[n % 5] == 1);
            most = std::max(most, ++now);
            host.sleep(call, (1 + n % 3) * millisecond);
            --now;
            --inside[n % 5];
            got[n % 5].push_back(n);
            return FLOWRUN_OK;
        };
        stage.run(flow_to("open", "order: by_key, key: \"msg.n % 5\", workers: 3, buffer: 8"), seed);
        REQUIRE(most <= 3);
        REQUIRE(most >= 2);
        for (auto& [key, numbers] : got) {
            REQUIRE(numbers.size() == 12);
            REQUIRE(std::is_sorted(numbers.begin(), numbers.end()));
        }
    }
}

TEST_CASE("A backoff holds all behind it in fifo, its key only by key, and nothing without an order") {
    auto run = [](const std::string& options) {
        Stage stage;
        std::vector<std::int64_t> got;
        bool failed = false;
        stage.roles["from"] = Stage::numbers(6);
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            std::int64_t n = number(message, "n");
            if (n == 0 && !std::exchange(failed, true)) return fail(host, call, FLOWRUN_E_UNAVAILABLE, "later");
            got.push_back(n);
            return static_cast<std::int32_t>(FLOWRUN_OK);
        };
        Outcome outcome = stage.run(flow_to("polite", options + ", retry: { attempts: 2, backoff: 1s, jitter: none }"));
        CHECK(outcome.took >= second);
        CHECK(outcome.ledger.edges[0].retried == 1);
        CHECK(outcome.ledger.edges[0].ok == 6);
        return got;
    };
    using Numbers = std::vector<std::int64_t>;
    CHECK(run("rate: 1000000/s") == Numbers{0, 1, 2, 3, 4, 5});
    CHECK(run("order: by_key, key: \"msg.n % 2\"") == Numbers{1, 3, 5, 0, 2, 4});
    CHECK(run("order: none") == Numbers{1, 2, 3, 4, 5, 0});
}

TEST_CASE("Messages in backoff count against the buffer") {
    Stage stage;
    int emitted = 0;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        for (; emitted < 10; ++emitted) {
            value::Value v = *value::parse("{}");
            if (host.now() >= 500 * millisecond) break;
            if (host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get())) < 0) return FLOWRUN_E_FAILED;
        }
        return FLOWRUN_OK;
    };
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return fail(host, call, FLOWRUN_E_UNAVAILABLE, "later");
    };
    Outcome outcome =
        stage.run(flow_to("polite", "order: none, buffer: 3, retry: { attempts: 2, backoff: 1s, jitter: none }"));
    CHECK(emitted <= 5);
    CHECK(outcome.ledger.edges[0].failed == outcome.ledger.edges[0].accepted);
}

TEST_CASE("In fifo the message in backoff counts against the buffer as well") {
    Stage stage;
    std::vector<Time> accepted;
    stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        value::Value v = *value::parse("{}");
        for (int i = 0; i < 3; ++i) {
            if (host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get())) < 0) return FLOWRUN_E_FAILED;
            accepted.push_back(host.now());
            host.sleep(call, 10 * millisecond);
        }
        return FLOWRUN_OK;
    };
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return fail(host, call, FLOWRUN_E_UNAVAILABLE, "later");
    };
    stage.run(flow_to("polite", "buffer: 1, retry: { attempts: 2, backoff: 1s, jitter: none }"));
    REQUIRE(accepted.size() == 3);
    CHECK(accepted[0] < second / 2);
    CHECK(accepted[1] >= second);
}

TEST_CASE("A plain handler gets a batch as a list, with one result for all") {
    Stage stage;
    std::vector<std::string> got;
    stage.roles["from"] = Stage::numbers(7);
    stage.roles["to"] = Stage::collect(got);
    Outcome outcome = stage.run(flow_to("polite", "batch: { max: 3, linger: 1h }"));
    CHECK(got == std::vector<std::string>{"[{\"n\":0},{\"n\":1},{\"n\":2}]", "[{\"n\":3},{\"n\":4},{\"n\":5}]",
                                          "[{\"n\":6}]"});
    CHECK(outcome.took < second);  // the drain does not linger
    CHECK(outcome.ledger.edges[0].ok == 7);
}

TEST_CASE("A batch that is not full goes when its first message has lingered long enough") {
    Stage stage;
    std::vector<std::pair<Time, std::string>> got;
    stage.roles["from"] = Stage::numbers(5, 100 * millisecond);
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value* message) {
        got.emplace_back(host.now() / millisecond, text(message));
        return FLOWRUN_OK;
    };
    stage.run(flow_to("polite", "batch: { max: 100, linger: 250ms }"));
    REQUIRE(got.size() == 2);
    CHECK(got[0].first == 250);
    CHECK(got[0].second == "[{\"n\":0},{\"n\":1},{\"n\":2}]");
}

TEST_CASE("A component that takes batches has each result counted, and only the failed are tried again") {
    for (const char* order : {"order: fifo", "order: none, workers: 2", "order: by_key, key: msg.n, workers: 2"}) {
        for (std::uint64_t seed : seeds()) {
            CAPTURE(order, seed);
            Stage stage;
            std::map<std::int64_t, int> tries;
            stage.roles["from"] = Stage::numbers(10);
            stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
                return FLOWRUN_OK;
            };
            stage.roles["to"].handles = [&](const flowrun_host& host, flowrun_call* const* calls,
                                            const flowrun_value* const* messages, std::int32_t* results,
                                            std::size_t n) {
                for (std::size_t i = 0; i < n; ++i) {
                    std::int64_t number = test::number(messages[i], "n");
                    int times = ++tries[number];
                    // 3 is cured by its second attempt, 5 never, 7 is beyond cure.
                    if (number == 3 && times == 1) results[i] = fail(host, calls[i], FLOWRUN_E_UNAVAILABLE, "once");
                    if (number == 5) results[i] = fail(host, calls[i], FLOWRUN_E_UNAVAILABLE, "always");
                    if (number == 7) results[i] = fail(host, calls[i], FLOWRUN_E_PERMANENT, "no");
                }
                return FLOWRUN_OK;
            };
            Outcome outcome = stage.run(
                "nodes: { from: {uses: source}, to: {uses: many}, dead: {uses: node} }\nedges:\n"
                "  - from.out ~> to: { batch: 4, retry: { attempts: 3, backoff: 1s }, " +
                    std::string(order) + " }\n  - to.error -> dead\n",
                seed);
            REQUIRE(tries[3] == 2);
            REQUIRE(tries[5] == 3);
            REQUIRE(tries[7] == 1);
            REQUIRE(tries[4] == 1);
            REQUIRE(outcome.ledger.edges[0].ok == 8);
            REQUIRE(outcome.ledger.edges[0].claimed == 2);
            REQUIRE(outcome.ledger.edges[1].ok == 2);
            REQUIRE_FALSE(outcome.ledger.failed());
        }
    }
}

TEST_CASE("A rate spaces deliveries evenly, attempts of a retry among them") {
    Stage stage;
    std::vector<Time> at;
    stage.roles["from"] = Stage::numbers(20);
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        at.push_back(host.now());
        return number(message, "n") == 4 && at.size() < 6 ? fail(host, call, FLOWRUN_E_UNAVAILABLE, "again")
                                                          : FLOWRUN_OK;
    };
    stage.run(flow_to("polite", "rate: 50/s, order: none, workers: 4, retry: { attempts: 2, backoff: 1ms }"));
    REQUIRE(at.size() == 21);
    for (std::size_t i = 1; i < at.size(); ++i) CHECK(at[i] - at[i - 1] >= 20 * millisecond);
    CHECK(at.back() - at.front() == 20 * 20 * millisecond);
}

TEST_CASE("A rate is kept where each delivery takes far longer than its interval") {
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::vector<Time> at;
        stage.roles["from"] = Stage::numbers(8);
        const bool pending = seed % 4 < 2;
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            at.push_back(host.now());
            if (!pending) return host.sleep(call, second);
            host.timer(
                stage.roles["to"].node, second,
                [](void* user) {
                    std::unique_ptr<Waiting> w(static_cast<Waiting*>(user));
                    w->host.complete(w->ticket, FLOWRUN_OK, nullptr, nullptr);
                },
                new Waiting{host, host.pend(call)});
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
        stage.run(flow_to(seed % 2 == 0 ? "open" : "foreign", "rate: 50/s, order: none, workers: 100"), seed);
        REQUIRE(at.size() == 8);
        for (std::size_t i = 1; i < at.size(); ++i) REQUIRE(at[i] - at[i - 1] >= 20 * millisecond);
        REQUIRE(at.back() - at.front() < 10 * 20 * millisecond);
    }
}

TEST_CASE("A delivery that never looks is given up on time, and its worker replaced") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        stage.traced = true;
        std::vector<Time> failed;
        stage.roles["from"] = Stage::numbers(3);
        std::mutex mutex;
        Condition never_woken;
        stage.roles["to"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            if (number(message, "n") != 1) return FLOWRUN_OK;
            // Waits past all patience, and not through the host.
            std::unique_lock lock(mutex);
            RunContext::current()->world.wait(never_woken, lock, 10 * second);
            return FLOWRUN_OK;
        };
        stage.roles["dead"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value*) {
            failed.push_back(host.now());
            return FLOWRUN_OK;
        };
        Outcome outcome = stage.run(
            "nodes: { from: {uses: source}, to: {uses: node}, dead: {uses: open} }\nedges:\n"
            "  - from.out ~> to: { timeout: 1s, order: none, workers: 3 }\n  - to.error -> dead\n",
            seed);
        REQUIRE(failed.size() >= 1);
        for (Time at : failed) REQUIRE(at <= second + 50 * millisecond);
        REQUIRE(outcome.ledger.edges[0].claimed == failed.size());
        REQUIRE(outcome.ledger.edges[0].ok == 3 - failed.size());
        bool traced = std::any_of(stage.spans.all.begin(), stage.spans.all.end(), [](const trace::Span& span) {
            return span.outcome == trace::Outcome::failed && span.note && span.note->code == Code::timeout;
        });
        REQUIRE(traced);
    }
}

TEST_CASE("An error route may take longer than the timeout of what failed, and gets it once") {
    Stage stage;
    std::vector<std::string> caught;
    std::mutex mutex;
    Condition nobody;
    stage.roles["from"] = Stage::numbers(2);
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        host.sleep(call, 900 * millisecond);
        return fail(host, call, FLOWRUN_E_PERMANENT, "no");
    };
    stage.roles["dead"].handle = [&](const flowrun_host& host, flowrun_call*, const flowrun_value* message) {
        caught.push_back(text(message));
        // Not through the host, so that the watch looks on.
        std::unique_lock lock(mutex);
        for (Time until = host.now() + 2 * second; host.now() < until;) {
            RunContext::current()->world.wait(nobody, lock, until);
        }
        return FLOWRUN_OK;
    };
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, to: {uses: foreign}, dead: {uses: foreign} }\nedges:\n"
        "  - from.out ~> to: { timeout: 1s, order: none }\n  - to.error -> dead\n");
    REQUIRE(caught.size() == 2);
    CHECK(caught[0].find(R"("code":"permanent")") != std::string::npos);
    CHECK(outcome.ledger.edges[0].claimed == 2);
    CHECK(outcome.ledger.edges[1].ok == 2);
}

TEST_CASE("What has waited past its deadline fails without entering the node") {
    Stage stage;
    int entered = 0;
    stage.roles["from"] = Stage::numbers(3);
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        ++entered;
        return host.sleep(call, 900 * millisecond);
    };
    Outcome outcome = stage.run(flow_to("polite", "deadline: 1s"));
    CHECK(entered == 2);
    CHECK(outcome.ledger.edges[0].ok == 1);
    CHECK(outcome.ledger.edges[0].failed == 2);
}

TEST_CASE("A node with instances handles so many messages at once, and a key always goes to the same") {
    Stage stage;
    Inside inside;
    stage.roles["from"] = Stage::numbers(20);
    stage.roles["to"] = inside.role(100 * millisecond);
    Outcome outcome = stage.run(
        "nodes: { from: {uses: source}, to: {uses: polite, instances: 4} }\n"
        "edges:\n  - from.out ~> to: { workers: 8, order: none }\n");
    CHECK(stage.roles["to"].made == 4);
    CHECK(inside.most == 4);
    CHECK(outcome.took == 500 * millisecond);
}

TEST_CASE("A parallel fan-out takes as long as its longest branch and gathers all errors") {
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::int32_t status = 0;
        std::string message;
        Time took = 0;
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
            value::Value v = *value::parse("{}");
            status = host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
            flowrun_error error{};
            error.size = sizeof error;
            host.error_of(call, &error);
            message.assign(error.message, error.message_size);
            took = host.now();
            return FLOWRUN_OK;
        };
        auto sleeper = [](Duration each, std::int32_t code) {
            return [each, code](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
                host.sleep(call, each);
                return code == 0 ? code : fail(host, call, code, "after " + std::to_string(each / millisecond));
            };
        };
        stage.roles["a"].handle = sleeper(300 * millisecond, FLOWRUN_E_UNAVAILABLE);
        stage.roles["b"].handle = sleeper(100 * millisecond, FLOWRUN_E_PERMANENT);
        stage.roles["c"].handle = sleeper(200 * millisecond, 0);
        stage.run(
            "nodes: { from: {uses: source, fanout: parallel}, a: {uses: polite}, b: {uses: polite}, c: {uses: polite} "
            "}\nedges:\n  - from.out -> [a, b, c]\n",
            seed);
        REQUIRE(took >= 300 * millisecond);
        REQUIRE(took < 310 * millisecond);
        REQUIRE(status == FLOWRUN_E_UNAVAILABLE);
        REQUIRE(message.find("after 300") != std::string::npos);
    }
}

TEST_CASE("A stop cuts backoffs short: one more attempt, at once, and its result is final") {
    for (const char* order : {"order: fifo", "order: none"}) {
        CAPTURE(order);
        Stage stage;
        Virtual world(7);
        int attempts = 0;
        stage.roles["from"] = Stage::numbers(3, 10 * millisecond);
        stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            return FLOWRUN_OK;
        };
        stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            ++attempts;
            return fail(host, call, FLOWRUN_E_UNAVAILABLE, "down");
        };
        Outcome outcome =
            stage.run(world,
                      "nodes: { from: {uses: source}, to: {uses: polite}, dead: {uses: polite} }\nedges:\n"
                      "  - from.out ~> to: { retry: { attempts: 9, backoff: 1h, max_backoff: 1h, jitter: none }, " +
                          std::string(order) + " }\n  - to.error -> dead\n",
                      [&](Runner& runner) {
                          std::mutex mutex;
                          Condition nobody;
                          std::unique_lock lock(mutex);
                          world.wait(nobody, lock, second);
                          lock.unlock();
                          runner.interrupt();
                      });
        CHECK(outcome.drained);
        CHECK(outcome.took < 2 * second);
        CHECK(outcome.ledger.edges[0].claimed == 3);
        CHECK(attempts == (std::string(order) == "order: none" ? 6 : 4));
    }
}

TEST_CASE("A stop cuts the backoff of a sync edge short as well") {
    Stage stage;
    Virtual world(7);
    int attempts = 0;
    stage.roles["from"] = Stage::numbers(1);
    stage.roles["dead"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        ++attempts;
        return fail(host, call, FLOWRUN_E_UNAVAILABLE, "down");
    };
    Outcome outcome =
        stage.run(world,
                  "nodes: { from: {uses: source}, to: {uses: polite}, dead: {uses: polite} }\nedges:\n"
                  "  - from.out -> to: { retry: { attempts: 9, backoff: 1h, max_backoff: 1h, jitter: none } }\n"
                  "  - to.error -> dead\n",
                  [&](Runner& runner) {
                      std::mutex mutex;
                      Condition nobody;
                      std::unique_lock lock(mutex);
                      world.wait(nobody, lock, second);
                      lock.unlock();
                      runner.interrupt();
                  });
    CHECK(outcome.drained);
    CHECK(outcome.took < 2 * second);
    CHECK(outcome.ledger.edges[0].claimed == 1);
    CHECK(attempts == 2);
}

TEST_CASE("The oldest that waits is dropped when there is no room, and each drop is counted") {
    for (const char* order :
         {"order: fifo", "order: none, workers: 2", "order: by_key, key: \"msg.n % 2\", workers: 2"}) {
        for (std::uint64_t seed : seeds()) {
            CAPTURE(order, seed);
            Stage stage;
            std::vector<std::string> got;
            stage.roles["from"] = Stage::numbers(100);
            stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
                host.sleep(call, second);
                got.push_back(text(message));
                return FLOWRUN_OK;
            };
            Outcome outcome =
                stage.run(flow_to("open", std::string("buffer: 5, overflow: drop_oldest, ") + order), seed);
            const Account& account = outcome.ledger.edges[0];
            REQUIRE(account.accepted == 100);
            REQUIRE(account.dropped + account.ok == 100);
            REQUIRE(account.ok >= 5);
            REQUIRE(got.size() == account.ok);
            REQUIRE(std::find(got.begin(), got.end(), "{\"n\":99}") != got.end());
        }
    }
}

TEST_CASE("A hundred thousand deliveries wait at once without a thread each") {
    Stage stage;
    struct Waiting {
        const flowrun_host& host;
        flowrun_ticket* ticket;
    };
    constexpr int count = 100'000;
    stage.roles["from"] = Stage::numbers(count);
    stage.roles["to"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        host.timer(
            stage.roles["to"].node, second,
            [](void* user) {
                std::unique_ptr<Waiting> waiting(static_cast<Waiting*>(user));
                waiting->host.complete(waiting->ticket, FLOWRUN_OK, nullptr, nullptr);
            },
            new Waiting{host, host.pend(call)});
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    Outcome outcome = stage.run(flow_to("open", "workers: 100000, order: none"));
    CHECK(outcome.ledger.edges[0].ok == count);
    CHECK(outcome.threads <= 3);
    CHECK(outcome.took < 2 * second);
}

TEST_CASE("A hop in which nothing happens for long is named once, with what it waits for") {
    auto notices = [](const std::string& to, Handle handle) {
        Stage stage;
        stage.options.stall_after = 30 * second;
        stage.roles["from"] = Stage::numbers(2);
        stage.roles["to"].handle = std::move(handle);
        stage.run("nodes: { from: {uses: source}, to: {uses: " + to + "} }\nedges: [ from.out ~> to ]\n");
        return stage.reports.notices;
    };
    auto slow = [](Duration each) {
        return [each](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return host.sleep(call, each);
        };
    };
    using Texts = std::vector<std::string>;
    CHECK(notices("polite", slow(20 * second)) == Texts{});
    std::string text = "nothing has happened on from.out ~> to for 30s: 'to' sleeps";
    CHECK(notices("polite", slow(100 * second)) == Texts{text, text});
    auto pending = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        struct Later {
            const flowrun_host& host;
            flowrun_ticket* ticket;
        };
        host.timer(
            reinterpret_cast<flowrun_node*>(const_cast<Node*>(call_of(call).node)), 50 * second,
            [](void* user) {
                std::unique_ptr<Later> later(static_cast<Later*>(user));
                later->host.complete(later->ticket, FLOWRUN_OK, nullptr, nullptr);
            },
            new Later{host, host.pend(call)});
        return static_cast<std::int32_t>(FLOWRUN_PENDING);
    };
    std::string answer = "nothing has happened on from.out ~> to for 30s: it waits for the answer of 'to'";
    CHECK(notices("polite", pending) == Texts{answer, answer});
}

TEST_CASE("An attempt that would begin after the deadline is not waited for: the failure is the last one's own") {
    Stage stage;
    stage.roles["from"] = Stage::numbers(1);
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return fail(host, call, FLOWRUN_E_UNAVAILABLE, "down");
    };
    Outcome outcome = stage.run(flow_to(
        "polite", "deadline: 5s, retry: { attempts: 9, backoff: 2s, factor: 2, max_backoff: 1m, jitter: none }"));
    // Attempts at 0 s and 2 s; the third would be at 6 s.
    CHECK(outcome.took == 2 * second);
    CHECK(outcome.ledger.edges[0].retried == 1);
    CHECK(stage.reports.failures == std::vector<std::string>{"from.out ~> to: unavailable: down"});
}
