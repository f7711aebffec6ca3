// What all sources that read from a server have in common, over a server that the test plays.
#include "broker/source.hh"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "play.hh"

using namespace flowrun;
using broker::Answer;
using broker::Source;
using sdk::Status;

namespace {

constexpr std::int64_t millisecond = 1'000'000;
using Lines = std::vector<std::string>;

struct Server {
    test::PlayedHost host;
    broker::Wake wake;
    int connected = 0, stopped = 0;
    bool is_there = true, loses = false, outlives = false, again = true, notes = true;
    std::int64_t lease = 0;
    std::deque<std::pair<std::string, std::uint64_t>> to_give;  // JSON, and how often it was given out
    std::string reply_to;
    Lines answers, replies, renewed;
    std::size_t given = 0;

    void tell(const std::function<void()>& what) {
        host.tell(what);
        wake.set();
    }
    void give(const std::string& json, std::uint64_t deliveries = 1) {
        tell([&] { to_give.emplace_back(json, deliveries); });
    }
    bool answered(const Lines& wanted) {
        return host.until([&] { return answers == wanted; });
    }
};

class PlayedFeed final : public broker::Feed {
public:
    PlayedFeed(Server& server, broker::Intake& intake) : server_(server), intake_(intake) {
        server_.host.tell([&] {
            if (!server_.is_there) throw broker::Lost{"nobody is there"};
            number_ = ++server_.connected;
        });
    }
    void turn(std::size_t room) override {
        bool loses = false;
        server_.host.tell([&] { loses = std::exchange(server_.loses, false); });
        if (loses) throw broker::Lost{"it is gone"};
        for (; room != 0; --room) {
            std::optional<std::pair<std::string, std::uint64_t>> next;
            broker::Arrival arrival;
            server_.host.tell([&] {
                if (server_.to_give.empty()) return;
                next = server_.to_give.front();
                server_.to_give.pop_front();
                arrival.handle.id = std::to_string(++server_.given);
                arrival.reply_to = server_.reply_to;
            });
            if (!next) return;
            arrival.deliveries = next->second;
            arrival.traceparent = "trace";
            intake_.take(std::move(arrival), next->first,
                         [&](sdk::Build& build) { broker::build_body(build, next->first, {}, broker::Format::json); });
        }
    }
    void settle(const broker::Handle& handle, Answer answer, std::int64_t delay) override {
        static constexpr const char* names[] = {"ack ", "requeue ", "reject "};
        server_.host.tell([&] {
            server_.answers.push_back(names[static_cast<int>(answer)] + handle.id +
                                      (answer == Answer::requeue ? " in " + std::to_string(delay) : ""));
        });
    }
    void reply(std::uint64_t name, const broker::Reply& reply) override {
        server_.host.tell([&] {
            server_.replies.push_back(reply.to + ": " + reply.body.bytes +
                                      (reply.error.empty() ? "" : " (" + std::string(reply.error) + ")"));
        });
        intake_.replied(name);
    }
    void renew(const std::vector<broker::Handle>& handles) override {
        server_.host.tell([&] {
            for (const broker::Handle& one : handles) server_.renewed.push_back(one.id);
        });
    }
    void stop() override {
        server_.host.tell([&] { ++server_.stopped; });
    }
    bool is_quiet() const override { return server_.notes; }
    void wait_for(std::vector<pollfd>& fds) override { fds.push_back({server_.wake.descriptor(), POLLIN, 0}); }
    void ready(const std::vector<pollfd>&) override { server_.wake.clear(); }
    std::int64_t lease() const override { return server_.lease; }
    bool leases_outlive_it() const override { return server_.outlives; }
    bool gives_again() const override { return server_.again; }

private:
    Server& server_;
    broker::Intake& intake_;
    int number_ = 0;
};

Source::Settings plain() {
    Source::Settings settings{"the server"};
    settings.requeue_after = 7;
    settings.deliveries = 3;
    return settings;
}

// A source that runs until the test ends it.
class Running {
public:
    explicit Running(Server& server, const Source::Settings& settings = plain())
        : server_(server),
          source_(server.host.node(), settings,
                  [&server](broker::Intake& intake) { return std::make_unique<PlayedFeed>(server, intake); }),
          thread_([this] {
              static_cast<void>(source_.run(server_.host.call()));
              server_.host.tell([this] { ended_ = true; });
          }) {}
    ~Running() {
        stop();
        thread_.join();
    }
    void stop() {
        server_.host.tell([this] { server_.host.stopping = FLOWRUN_E_CANCELLED; });
        source_.stop();
    }
    bool ends() {
        return server_.host.until([this] { return ended_; });
    }
    bool has_ended() const { return ended_; }

private:
    Server& server_;
    Source source_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace

TEST_CASE("A source acks what the flow has dealt with") {
    Server server;
    server.give("1");
    server.give("2");
    Running running(server);
    REQUIRE(server.host.sends(2));
    CHECK(server.host.sent[0].json == "1");
    CHECK(server.host.sent[0].trace == "trace");
    server.host.finish(1);
    CHECK(server.answered({"ack 2"}));
    server.host.finish(0);
    CHECK(server.answered({"ack 2", "ack 1"}));
}

TEST_CASE("A source answers each kind of failure once") {
    struct Kind {
        Status status;
        std::uint64_t deliveries;
        const char* answer;
    };
    const auto [status, deliveries, answer] =
        GENERATE(Kind{Status::failed, 1, "requeue 1 in 7"}, Kind{Status::timeout, 2, "requeue 1 in 7"},
                 Kind{Status::unavailable, 1, "requeue 1 in 7"}, Kind{Status::failed, 3, "reject 1"},
                 Kind{Status::invalid, 1, "reject 1"}, Kind{Status::permanent, 1, "reject 1"},
                 Kind{Status::internal, 1, "reject 1"}, Kind{Status::cancelled, 9, "requeue 1 in 0"});
    Server server;
    server.give("1", deliveries);
    {
        Running running(server);
        REQUIRE(server.host.sends(1));
        server.host.finish(0, status);
        CHECK(server.answered({answer}));
    }
    CHECK(server.answers == Lines{answer});
}

TEST_CASE("A source does with failures what it was told to") {
    const auto [how, answer] = GENERATE(std::pair{Source::OnFailure::requeue, "requeue 1 in 7"},
                                        std::pair{Source::OnFailure::reject, "reject 1"});
    const auto status = GENERATE(Status::failed, Status::invalid);
    Server server;
    server.give("1", 100);
    Source::Settings settings = plain();
    settings.on_failure = how;
    Running running(server, settings);
    REQUIRE(server.host.sends(1));
    server.host.finish(0, status);
    CHECK(server.answered({answer}));
}

TEST_CASE("A source rejects what cannot be read, and tells of it") {
    Server server;
    server.give("{");
    server.give("1");
    Running running(server);
    REQUIRE(server.host.sends(1));
    CHECK(server.answered({"reject 1"}));
    CHECK(server.host.raised.size() == 1);
    server.host.finish(0);
    CHECK(server.answered({"reject 1", "ack 2"}));
}

TEST_CASE("A source answers before the flow does where it is told to") {
    Server server;
    server.give("1");
    Source::Settings settings = plain();
    settings.ack_at_once = true;
    {
        Running running(server, settings);
        REQUIRE(server.host.sends(1));
        CHECK(server.answered({"ack 1"}));
        server.host.finish(0, Status::failed);
    }
    CHECK(server.answers == Lines{"ack 1"});
}

TEST_CASE("A source has no more in the flow than its prefetch") {
    Server server;
    for (int i = 0; i < 5; ++i) server.give(std::to_string(i));
    Source::Settings settings = plain();
    settings.prefetch = 2;
    Running running(server, settings);
    REQUIRE(server.host.sends(2));
    server.host.finish(0);
    REQUIRE(server.host.sends(3));
    CHECK(server.given == 3);
    server.host.finish(1);
    server.host.finish(2);
    REQUIRE(server.host.sends(5));
    server.host.finish(3);
    server.host.finish(4);
    CHECK(server.host.until([&] { return server.answers.size() == 5; }));
}

TEST_CASE("An answer that comes after its connection was lost changes nothing") {
    Server server;
    server.give("1");
    Running running(server);
    REQUIRE(server.host.sends(1));
    server.tell([&] { server.loses = true; });
    REQUIRE(server.host.until([&] { return server.connected == 2; }));
    server.host.finish(0);
    server.give("2");
    REQUIRE(server.host.sends(2));
    server.host.finish(1);
    CHECK(server.answered({"ack 2"}));
}

TEST_CASE("An answer whose lease outlives the connection goes by the next") {
    Server server;
    server.outlives = true;
    server.give("1");
    Running running(server);
    REQUIRE(server.host.sends(1));
    server.tell([&] {
        server.loses = true;
        server.is_there = false;
    });
    REQUIRE(server.host.until([&] { return !server.loses; }));
    server.host.finish(0);
    server.tell([&] { server.is_there = true; });
    CHECK(server.answered({"ack 1"}));
    CHECK(server.connected == 2);
}

TEST_CASE("A source that is stopped waits for what is in the flow") {
    Server server;
    server.give("1");
    server.give("2");
    Running running(server);
    REQUIRE(server.host.sends(2));
    running.stop();
    REQUIRE(server.host.until([&] { return server.stopped == 1; }));
    server.give("3");
    server.host.finish(0);
    REQUIRE(server.answered({"ack 1"}));
    CHECK_FALSE(running.has_ended());
    server.host.finish(1, Status::failed);
    CHECK(running.ends());
    CHECK(server.answers == Lines{"ack 1", "requeue 2 in 0"});
    CHECK(server.given == 2);
}

TEST_CASE("A source that is stopped without a connection ends when the flow is done") {
    Server server;
    server.give("1");
    Running running(server);
    REQUIRE(server.host.sends(1));
    server.tell([&] {
        server.loses = true;
        server.is_there = false;
    });
    REQUIRE(server.host.until([&] { return !server.loses; }));
    running.stop();
    server.host.finish(0);
    CHECK(running.ends());
    CHECK(server.answers.empty());
}

TEST_CASE("A source sends the flow's reply before it answers the server") {
    Server server;
    server.reply_to = "asker";
    server.give("1");
    server.give("2");
    server.give("3");
    Running running(server);
    REQUIRE(server.host.sends(3));
    server.host.finish(0, Status::ok, R"({"n":1})");
    CHECK(server.answered({"ack 1"}));
    server.host.finish(1, Status::invalid);
    CHECK(server.answered({"ack 1", "reject 2"}));
    server.host.finish(2, Status::failed);  // it comes again, and is answered then
    CHECK(server.answered({"ack 1", "reject 2", "requeue 3 in 7"}));
    CHECK(server.replies ==
          Lines{R"(asker: {"n":1})", R"(asker: {"error":{"code":"invalid","message":"it has failed"}} (invalid))"});
}

TEST_CASE("What never comes again is not answered to the server, but to who asks") {
    Server server;
    server.again = false;
    server.reply_to = "asker";
    server.give("1");
    {
        Running running(server);
        REQUIRE(server.host.sends(1));
        server.host.finish(0, Status::failed);
        CHECK(server.host.until([&] { return server.replies.size() == 1; }));
    }
    CHECK(server.answers.empty());
}

TEST_CASE("A lease is renewed while the message is in the flow, and nothing is answered after it") {
    Server server;
    server.lease = 300 * millisecond;
    server.give("1");
    Running running(server);
    REQUIRE(server.host.sends(1));
    REQUIRE(server.host.until([&] { return server.renewed.size() >= 3; }));
    server.host.finish(0);
    CHECK(server.answered({"ack 1"}));
}

TEST_CASE("A source whose lease is over says so and answers nothing") {
    Server server;
    server.lease = 1;  // over before anything can renew it
    server.give("1");
    {
        Running running(server);
        REQUIRE(server.host.sends(1));
        server.host.finish(0);
    }
    CHECK(server.answers.empty());
    CHECK(std::any_of(server.host.logged.begin(), server.host.logged.end(),
                      [](const std::string& one) { return one.find("longer than its lease") != one.npos; }));
}

TEST_CASE("A source that cannot begin fails with the server's name") {
    Server server;
    server.is_there = false;
    Source source(server.host.node(), plain(),
                  [&](broker::Intake& intake) { return std::make_unique<PlayedFeed>(server, intake); });
    try {
        static_cast<void>(source.run(server.host.call()));
        FAIL("it has begun");
    } catch (const sdk::Failure& failure) {
        CHECK(failure.code() == Status::unavailable);
        CHECK(std::string(failure.what()) == "the server: nobody is there");
    }
}
