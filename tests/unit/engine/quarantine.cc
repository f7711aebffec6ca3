// What was in a handler when an earlier run died: first, alone, and not for ever.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "engine/room/quarantine.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

// Holds what it was made with, the interrupted ones first, and answers at once.
class LeftBehind final : public queue::Queue {
public:
    LeftBehind(std::uint64_t interrupted, std::uint64_t others, std::uint32_t attempts, std::uint64_t claims)
        : claims_(claims) {
        for (std::uint64_t n = 0; n < interrupted + others; ++n) {
            queue::Item item;
            item.body = *value::parse(fmt::format(R"({{"n":{}}})", n));
            item.lease = n + 1;
            item.interrupted = n < interrupted;
            item.attempts = item.interrupted ? attempts : 0;
            items_.push_back(std::move(item));
        }
        held_ = items_.size();
    }
    void open(Listener& listener) override { listener_ = &listener; }
    Pushed push(queue::Item&, std::uint64_t) override { return Pushed::refused; }
    std::size_t take(queue::Item* items, std::size_t n) override {
        std::size_t taken = 0;
        for (; taken < n && !items_.empty(); ++taken) {
            items[taken] = std::move(items_.front());
            items_.pop_front();
        }
        return taken;
    }
    void ack(std::uint64_t lease) override { settle(lease); }
    void reject(std::uint64_t lease, const Error& error) override {
        rejected.push_back(error.message);
        settle(lease);
    }
    void nack(std::uint64_t lease, Duration, std::uint32_t, const Error*) override { settle(lease); }
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    void enter(std::uint64_t lease) override { entered.push_back(lease); }
    std::uint64_t interrupted() const override { return claims_; }
    queue::Depth depth() const override { return {held_, 0}; }
    void close() override {}
    bool forgets() const override { return false; }
    bool durable() const override { return true; }

    static inline std::vector<std::string> rejected;
    static inline std::vector<std::uint64_t> entered;

private:
    void settle(std::uint64_t lease) {
        --held_;
        listener_->settled(lease, nullptr);
    }
    const std::uint64_t claims_;
    std::deque<queue::Item> items_;
    std::uint64_t held_ = 0;
    Listener* listener_ = nullptr;
};

struct Left {
    std::uint64_t interrupted, others;
    std::uint32_t attempts = 1;
    std::uint64_t claims = interrupted;
};

// Two durable edges into `a` and `b`; each handler takes a millisecond.
class Hospital {
public:
    Hospital(Left a, Left b, const std::string& policy) : left_{{"a", a}, {"b", b}}, policy_(policy) {
        LeftBehind::rejected.clear();
        LeftBehind::entered.clear();
        for (const char* name : {"a", "b"}) {
            stage.roles[name].handle = [this, name](const flowrun_host& host, flowrun_call* call,
                                                    const flowrun_value* message) -> std::int32_t {
                const auto n = static_cast<std::uint64_t>(number(message, "n"));
                const bool first = n < left_.at(name).interrupted;
                order.push_back(first);
                begun = std::min(begun, host.now());
                ++inside;
                alone = alone && (!first || inside == 1);
                const std::int32_t status = host.sleep(call, millisecond);
                alone = alone && (!first || inside == 1);
                --inside;
                ++handled[name];
                last[name] = host.now();
                return status < 0 ? status : fails ? FLOWRUN_E_UNAVAILABLE : FLOWRUN_OK;
            };
        }
    }
    Outcome run() {
        Virtual world(1, [] { std::_Exit(3); });
        stage.options.queues = [&](const Edge& edge) -> std::unique_ptr<queue::Queue> {
            const auto at = left_.find(edge.to->name);
            if (at == left_.end()) return nullptr;
            const Left& left = at->second;
            return std::make_unique<LeftBehind>(left.interrupted, left.others, left.attempts, left.claims);
        };
        stage.roles["from"].run = [](const flowrun_host&, flowrun_call*) { return std::int32_t{FLOWRUN_OK}; };
        return stage.run(
            world, "nodes: { from: {uses: source}, a: {uses: open}, b: {uses: open} }\nedges:\n  - from.out ~> a: { " +
                       policy_ + " }\n  - from.out ~> b: { queue: \"sqlite:y.db\", order: none, workers: 4 }\n");
    }
    Stage stage;
    std::map<std::string, std::uint64_t> handled;
    Time begun = never;                // when the first was
    std::map<std::string, Time> last;  // when one was handled last
    std::vector<bool> order;           // of what entered a handler: whether it was interrupted
    int inside = 0;
    bool alone = true, fails = false;

private:
    const std::map<std::string, Left, std::less<>> left_;
    const std::string policy_;
};

const std::string unordered = "queue: \"sqlite:x.db\", order: none, workers: 4";

}  // namespace

TEST_CASE("Those that were in a handler when a run died go first, one at a time over all edges") {
    for (const char* policy : {"order: none, workers: 4", "order: fifo", "order: by_key, key: \"msg.n\", workers: 4",
                               "order: none, workers: 4, batch: { max: 3 }"}) {
        CAPTURE(policy);
        Hospital hospital({3, 5}, {2, 6}, std::string("queue: \"sqlite:x.db\", ") + policy);
        const Outcome outcome = hospital.run();
        CHECK(outcome.drained);
        CHECK(hospital.alone);
        CHECK(hospital.handled["b"] == 8);
        const auto last_first = std::find(hospital.order.rbegin(), hospital.order.rend(), true);
        CHECK(hospital.order.rend() - last_first == 5);
        CHECK(outcome.ledger.edges[0].again == 3);
        CHECK(outcome.ledger.edges[1].again == 2);
        CHECK(hospital.stage.reports.notices.size() == 2);
    }
}

TEST_CASE("One that has killed the process too often never enters a handler again") {
    Hospital hospital({2, 3, 3}, {0, 1}, unordered + ", retry: { attempts: 2, backoff: 1ms }");
    const Outcome outcome = hospital.run();
    CHECK(outcome.drained);
    CHECK(hospital.handled["a"] == 3);
    REQUIRE(LeftBehind::rejected.size() == 2);
    CHECK(LeftBehind::rejected[0] == "poison: the process died 3 times while it was in its handler");
    CHECK(outcome.ledger.edges[0].failed == 2);
}

TEST_CASE("Without a retry the first death in a handler is forgiven, and the second is not") {
    for (const std::uint32_t deaths : {1u, 2u}) {
        CAPTURE(deaths);
        Hospital hospital({1, 0, deaths}, {0, 1}, unordered);
        CHECK(hospital.run().drained);
        CHECK(hospital.handled["a"] == 2 - deaths);
        CHECK(LeftBehind::rejected.size() == deaths - 1);
    }
}

TEST_CASE("An attempt in which the process died counts as one, and one more is made") {
    Hospital hospital({1, 0, 2}, {0, 1}, unordered + ", retry: { attempts: 2, backoff: 1ms }");
    hospital.fails = true;
    CHECK(hospital.run().drained);
    CHECK(hospital.handled["a"] == 1);
}

TEST_CASE("One that waits for another attempt holds up its own order, and no other edge") {
    for (const char* order : {"fifo", "by_key, key: \"1\""}) {
        CAPTURE(order);
        Hospital hospital({3, 2}, {2, 6},
                          fmt::format("queue: \"sqlite:x.db\", order: {}, batch: {{ max: 3 }}, "
                                      "retry: {{ attempts: 3, backoff: 10m, jitter: none }}",
                                      order));
        hospital.fails = true;
        hospital.stage.options.drain_timeout = 3600 * second;
        CHECK(hospital.run().drained);
        CHECK(hospital.handled["b"] == 8);
        CHECK(hospital.last["b"] - hospital.begun < 60 * second);
        CHECK(hospital.last["a"] - hospital.begun > 600 * second);
    }
}

TEST_CASE("A queue that has fewer of them than it said holds up nobody") {
    for (const std::uint64_t others : {0, 2}) {
        Hospital hospital({0, others, 1, 3}, {1, 2}, unordered);
        CHECK(hospital.run().drained);
        CHECK(hospital.handled["a"] == others);
        CHECK(hospital.handled["b"] == 3);
    }
}

TEST_CASE("A quarantine with nobody in it is over, and each edge has its turn") {
    Quarantine quarantine;
    std::string woken;
    const auto a = quarantine.add(0, [&] { woken += 'a'; });
    CHECK(quarantine.over());
    const auto b = quarantine.add(2, [&] { woken += 'b'; });
    const auto c = quarantine.add(1, [&] { woken += 'c'; });
    CHECK(!quarantine.over());
    CHECK(!quarantine.admits(a));
    CHECK(!quarantine.admits(c));
    REQUIRE(quarantine.admits(b));
    CHECK(!quarantine.admits(b));
    quarantine.tried(b);
    REQUIRE(quarantine.admits(b));
    quarantine.tried(b);
    CHECK(woken == "bc");
    REQUIRE(quarantine.admits(c));
    CHECK(!quarantine.over());
    quarantine.tried(b);  // late: it has nothing left, and takes nothing from the other
    CHECK(!quarantine.admits(c));
    quarantine.tried(c);
    CHECK(quarantine.over());
    CHECK(woken == "bcabc");
}

TEST_CASE("An edge that leaves the quarantine gives its turn away") {
    Quarantine quarantine;
    std::string woken;
    const auto a = quarantine.add(5, [&] { woken += 'a'; });
    const auto b = quarantine.add(1, [&] { woken += 'b'; });
    REQUIRE(quarantine.admits(a));
    quarantine.leave(b);
    CHECK(!quarantine.admits(a));
    CHECK(woken == "a");
    quarantine.leave(a);
    CHECK(quarantine.over());
    CHECK(woken == "aab");
    quarantine.tried(a);
    CHECK(woken == "aab");
}
