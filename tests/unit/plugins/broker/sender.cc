// What all components that send have in common, over a server that the test plays.
#include "broker/sending.hh"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "play.hh"

using namespace flowrun;
using sdk::Status;

namespace {

constexpr std::int64_t second = 1'000'000'000;

struct Server {
    test::PlayedHost host;
    bool is_there = true, confirms = true, refuses = false, breaks = false;
    int connected = 0, overdue = 0;
    std::vector<std::uint64_t> sent;
};

class PlayedCarrier final : public broker::Carrier {
public:
    PlayedCarrier(Server& server, broker::Office& office) : server_(server), office_(office) {
        server_.host.tell([&] {
            if (!server_.is_there) throw broker::Lost{"nobody is there"};
            ++server_.connected;
        });
    }
    void send(std::uint64_t name, broker::Errand&) override {
        if (server_.refuses) throw sdk::Failure(Status::invalid, "not so");
        server_.host.tell([&] { server_.sent.push_back(name); });
        if (server_.confirms) office_.arrived(name);
    }
    void turn() override {
        if (server_.breaks && !server_.sent.empty()) throw broker::Lost{"it is gone"};
    }
    void overdue(std::uint64_t, std::int64_t) override {
        server_.host.tell([&] { ++server_.overdue; });
    }
    void wait_for(std::vector<pollfd>&) override {}

private:
    Server& server_;
    broker::Office& office_;
};

std::unique_ptr<broker::Sending> errand(Server& server, std::int64_t within = 30 * second) {
    auto made = std::make_unique<broker::Sending>(server.host.node(), server.host.call().pend());
    sdk::Builder builder(&component::values_table());
    made->waiting.message = builder.integer(7).finish().keep();
    made->by = server.host.node().now() + within;
    return made;
}

std::unique_ptr<broker::Sender> sender(Server& server) {
    return std::make_unique<broker::Sender>(server.host.node(), "the server", [&](broker::Office& office) {
        return std::make_unique<PlayedCarrier>(server, office);
    });
}

bool ends(Server& server, Status status, const std::string& text) {
    return server.host.until([&] { return !server.host.ended.empty(); }) &&
           server.host.ended.front() == std::pair(static_cast<int>(status), text);
}

}  // namespace

TEST_CASE("What was sent goes on when the server has it") {
    Server server;
    const auto sends = sender(server);
    sends->take(errand(server));
    REQUIRE(server.host.sends(1));
    CHECK(server.host.sent[0].json == "7");
    server.host.finish(0);
    CHECK(ends(server, Status::ok, ""));
}

TEST_CASE("One that asks does not go on because the server has it") {
    Server server;
    const auto sends = sender(server);
    auto asks = errand(server, second / 5);
    asks->asks = true;
    sends->take(std::move(asks));
    CHECK(ends(server, Status::timeout, "the server: no answer has come in time"));
    CHECK(server.host.until([&] { return server.overdue == 1; }));
    CHECK(server.host.sent.empty());
}

TEST_CASE("Each way not to arrive is told once") {
    Server server;
    Status status = Status::ok;
    const char* text = "";
    std::int64_t within = 30 * second;
    SECTION("nobody is there") {
        server.is_there = false;
        status = Status::unavailable, text = "the server: nobody is there";
    }
    SECTION("the connection is lost") {
        server.confirms = false, server.breaks = true;
        status = Status::unavailable, text = "the server: it is gone";
    }
    SECTION("it cannot be sent") {
        server.refuses = true;
        status = Status::invalid, text = "not so";
    }
    SECTION("nothing is confirmed") {
        server.confirms = false, within = second / 5;
        status = Status::timeout, text = "the server: it was not confirmed in time";
    }
    {
        const auto sends = sender(server);
        sends->take(errand(server, within));
        CHECK(ends(server, status, text));
    }
    CHECK(server.host.ended.size() == 1);
}

TEST_CASE("Who still waits at the end is told that it ends") {
    Server server;
    server.confirms = false;
    auto sends = sender(server);
    sends->take(errand(server));
    REQUIRE(server.host.until([&] { return server.sent.size() == 1; }));
    SECTION("stopped") { sends->stop(); }
    SECTION("destroyed") { sends.reset(); }
    CHECK(ends(server, Status::cancelled, "the server: the run ends"));
    CHECK(server.host.ended.size() == 1);
}

TEST_CASE("A connection is made again for what comes after it was lost") {
    Server server;
    server.confirms = false;
    server.breaks = true;
    const auto sends = sender(server);
    sends->take(errand(server));
    REQUIRE(ends(server, Status::unavailable, "the server: it is gone"));
    server.host.tell([&] {
        server.sent.clear();
        server.breaks = false;
        server.confirms = true;
    });
    sends->take(errand(server));
    CHECK(server.host.sends(1));
    CHECK(server.connected == 2);
    server.host.finish(0);
}
