// Who waits for room in a queue gets it in the order in which they came, whoever they are: sources, pending calls that
// send without waiting, messages that a node begins from a timer. No one is passed over for ever.

#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <catch2/catch.hpp>

#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }

// Those who have sent and not been taken yet. Time moves on only when nobody can run, so who began to send at an earlier
// time than another stands in line before that one.
class Line {
public:
    // `n` is about to be sent.
    void comes(std::int64_t n, Time now) {
        std::set<std::int64_t>& first = before_[n];
        for (const auto& [other, since] : waiting_) {
            if (since < now) first.insert(other);
        }
        waiting_[n] = now;
        most_ = std::max(most_, waiting_.size());
    }
    // Its emit is over: it waits no longer. (It may have been handled before that is known.)
    void has_room(std::int64_t n) { waiting_.erase(n); }
    void is_handled(std::int64_t n) {
        for (const std::int64_t first : before_[n]) {
            if (!handled_.contains(first) && faults.size() < 300) faults += fmt::format("{} before {}; ", n, first);
        }
        handled_.insert(n);
    }
    std::size_t handled() const { return handled_.size(); }
    std::size_t most() const { return most_; }
    std::string faults;

private:
    std::map<std::int64_t, Time> waiting_;
    std::map<std::int64_t, std::set<std::int64_t>> before_;  // who must be handled before a message
    std::set<std::int64_t> handled_;
    std::size_t most_ = 0;
};

constexpr int each = 25;  // messages of a sender

value::Value numbered(std::int64_t n, std::uint64_t ballast) {
    return *value::parse(fmt::format(R"({{"n":{},"pad":"{:*>{}}"}})", n, "", ballast));
}

Role waiting_source(int number, Line& line, std::uint64_t seed, bool ballast) {
    Role role;
    role.run = [=, &line](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        std::mt19937_64 random(seed * 31 + static_cast<std::uint64_t>(number));
        for (int i = 0; i < each; ++i) {
            host.sleep(call, static_cast<Duration>(random() % 30) * millisecond + number + 1);
            const std::int64_t n = number * 1000 + i;
            const value::Value v = numbered(n, ballast ? random() % 400 : 0);
            line.comes(n, host.now());
            if (host.emit(call, 0, given(v)) != FLOWRUN_OK) return FLOWRUN_E_FAILED;
            line.has_room(n);
        }
        return FLOWRUN_OK;
    };
    return role;
}

// Sends without waiting, up to five at once.
Role hasty_source(int number, Line& line, std::uint64_t seed, bool ballast) {
    Role role;
    role.run = [=, &line](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        struct Sent {
            Line& line;
            std::int64_t n;
            int& open;
            static void done(void* user, std::int32_t, const flowrun_value*, const flowrun_error*) {
                const std::unique_ptr<Sent> s(static_cast<Sent*>(user));
                s->line.has_room(s->n);
                --s->open;
            }
        };
        std::mt19937_64 random(seed * 37 + static_cast<std::uint64_t>(number));
        int open = 0;
        for (int i = 0; i < each; ++i) {
            host.sleep(call, static_cast<Duration>(random() % 30) * millisecond + number + 1);
            const std::int64_t n = number * 1000 + i;
            const value::Value v = numbered(n, ballast ? random() % 400 : 0);
            line.comes(n, host.now());
            ++open;
            REQUIRE(host.emit_async(call, 0, given(v), nullptr, &Sent::done, new Sent{line, n, open}) == FLOWRUN_OK);
            while (open >= 5) host.sleep(call, millisecond);
        }
        while (open != 0) host.sleep(call, millisecond);
        return FLOWRUN_OK;
    };
    return role;
}

Role passing() {
    Role role;
    role.handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return host.forward(call, 0, message);
    };
    return role;
}

std::string in_line(std::uint64_t seed, const std::string& buffer, bool hasty, bool ballast) {
    Stage stage;
    Line line;
    for (int i = 0; i < 4; ++i) {
        const bool waits = !hasty || i % 2 == 0;
        stage.roles["s" + std::to_string(i)] =
            waits ? waiting_source(i, line, seed, ballast) : hasty_source(i, line, seed, ballast);
    }
    stage.roles["x"] = passing();
    stage.roles["slow"].handle = [&](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        line.is_handled(number(message, "n"));
        return host.sleep(call, 5 * millisecond + number(message, "n") % 7);
    };
    const Outcome outcome = stage.run(
        "nodes: { s0: {uses: source}, s1: {uses: source}, s2: {uses: source}, s3: {uses: source}, x: {uses: open}, "
        "slow: {uses: polite} }\nedges:\n  - s0 -> x\n  - s1 -> x\n  - s2 -> x\n  - s3 -> x\n  - x ~> slow: { "
        "buffer: " +
            buffer + " }\n",
        seed);
    CHECK(outcome.drained);
    CHECK(line.handled() == 4 * each);
    CHECK(line.most() >= 3);  // else nobody has waited
    return line.faults;
}

}  // namespace

TEST_CASE("Sources that wait for room in one queue get it in the order in which they came") {
    for (const std::uint64_t seed : seeds() | std::views::take(200)) {
        INFO("seed " << seed);
        for (const char* buffer : {"1", "2", "6"}) {
            INFO("buffer: " << buffer);
            REQUIRE(in_line(seed, buffer, false, false) == "");
        }
    }
}

TEST_CASE("Threads that wait for room and emits that do not stand in one line") {
    for (const std::uint64_t seed : seeds() | std::views::take(200)) {
        INFO("seed " << seed);
        for (const char* buffer : {"1", "4"}) {
            INFO("buffer: " << buffer);
            REQUIRE(in_line(seed, buffer, true, false) == "");
        }
    }
}

TEST_CASE("A large message that waits for its bytes is not passed by small ones") {
    for (const std::uint64_t seed : seeds() | std::views::take(200)) {
        INFO("seed " << seed);
        for (const bool hasty : {false, true}) {
            INFO(hasty);
            REQUIRE(in_line(seed, "{ messages: 100, bytes: 500 }", hasty, true) == "");
        }
    }
}

TEST_CASE("Two sources that always have something to send share the room") {
    for (const std::uint64_t seed : seeds() | std::views::take(100)) {
        INFO("seed " << seed);
        for (const int buffer : {1, 4, 64}) {
            INFO("buffer " << buffer);
            Stage stage;
            std::vector<int> got;  // by source
            for (int i = 0; i < 2; ++i) {
                stage.roles["s" + std::to_string(i)].run = [i](const flowrun_host& host,
                                                               flowrun_call* call) -> std::int32_t {
                    for (int n = 0; n < 150; ++n) {
                        const value::Value v = *value::parse(fmt::format("{{\"n\":{}}}", i));
                        if (host.emit(call, 0, given(v)) != FLOWRUN_OK) return FLOWRUN_E_FAILED;
                    }
                    return FLOWRUN_OK;
                };
            }
            stage.roles["x"] = passing();
            stage.roles["slow"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                             const flowrun_value* message) {
                got.push_back(static_cast<int>(number(message, "n")));
                return host.sleep(call, millisecond);
            };
            stage.run(
                fmt::format("nodes: {{ s0: {{uses: source}}, s1: {{uses: source}}, x: {{uses: open}}, slow: {{uses: "
                            "polite}} }}\nedges:\n  - s0 -> x\n  - s1 -> x\n  - x ~> slow: {{ buffer: {} }}\n",
                            buffer),
                seed);
            REQUIRE(got.size() == 300);
            // While both have more: beyond what one put into the empty queue, neither gets more in a row than one that is
            // free to go on can put into what has become free at once.
            int left[2] = {150, 150}, row = 0, longest = 0, last = -1;
            for (std::size_t i = 0; i < got.size() && left[0] != 0 && left[1] != 0; ++i) {
                row = got[i] == last ? row + 1 : 1;
                last = got[i];
                --left[got[i]];
                if (i > static_cast<std::size_t>(buffer) + 2) longest = std::max(longest, row);
            }
            REQUIRE(longest <= 3 + buffer);
        }
    }
}

TEST_CASE("While a fast source fills a queue, what another sends into it gets its turn") {
    for (const std::uint64_t seed : seeds() | std::views::take(20)) {
        INFO("seed " << seed);
        Stage stage;
        int others = 0, others_by_then = -1;
        stage.roles["fast"].run = [&](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            const value::Value v = *value::parse("{\"n\":-1}");
            for (int i = 0; i < 4000; ++i) {
                if (host.emit(call, 0, given(v)) != FLOWRUN_OK) return FLOWRUN_E_FAILED;
            }
            others_by_then = others;
            return FLOWRUN_OK;
        };
        stage.roles["other"] = Stage::numbers(200, 5 * millisecond);
        stage.roles["tag"] = passing();
        stage.roles["x"] = passing();
        stage.roles["slow"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value* message) {
            if (number(message, "n") >= 0) ++others;
            return FLOWRUN_OK;
        };
        stage.run(
            "nodes: { fast: {uses: source}, other: {uses: source}, tag: {uses: open}, x: {uses: open}, slow: {uses: "
            "open} }\nedges:\n  - fast -> x\n  - other -> tag\n  - tag ~> x: { buffer: 1000 }\n"
            "  - x ~> slow: { buffer: 1000, rate: 1000/s }\n",
            seed);
        REQUIRE(others == 200);
        REQUIRE(others_by_then == 200);  // they were sent within 2 s, and `fast` has taken 3
    }
}
