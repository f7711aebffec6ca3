// What a run says of itself while it goes: Runner::status() and the notices of stall_after tell where it stands.

#include <algorithm>

#include <catch2/catch.hpp>

#include "base/virtual.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

void wait_until(World& world, Time until) {
    std::mutex mutex;
    Condition nobody;
    std::unique_lock lock(mutex);
    while (world.now() < until) world.wait(nobody, lock, until);
}

// The line about a node.
std::string line_of(const std::string& status, const std::string& node) {
    const std::size_t at = status.find("  " + node + ":");
    return at == std::string::npos ? std::string() : status.substr(at, status.find('\n', at) - at);
}

struct Pending {
    Stage& stage;
    std::string node;
    Duration late;
    Handle handle() const {
        struct Later {
            const flowrun_host& host;
            flowrun_ticket* ticket;
        };
        return [this](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            const auto due = [](void* user) {
                const std::unique_ptr<Later> l(static_cast<Later*>(user));
                (void)l->host.complete(l->ticket, FLOWRUN_OK, nullptr, nullptr);
            };
            (void)host.timer(stage.roles[node].node, late, due, new Later{host, host.pend(call)});
            return static_cast<std::int32_t>(FLOWRUN_PENDING);
        };
    }
};

// What is said of node `to` while it has a message, and after.
struct Said {
    std::string during, after;
};
Said said(const std::string& kind, const std::string& arrow, const std::function<Handle(Stage&)>& handle) {
    Virtual world(1, [] { FAIL("every thread waits for ever"); });
    Stage stage;
    Said result;
    stage.roles["from"].run = [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        const value::Value v = *value::parse("{}");
        (void)host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
        return host.sleep(call, 100 * second);
    };
    stage.roles["to"].handle = handle(stage);
    stage.run(world, "nodes: { from: {uses: source}, to: {uses: " + kind + "} }\nedges: [ from " + arrow + " to ]\n",
              [&](Runner& runner) {
                  wait_until(world, 20 * second);
                  result.during = line_of(runner.status(), "to");
                  wait_until(world, 90 * second);
                  result.after = line_of(runner.status(), "to");
              });
    return result;
}

}  // namespace

TEST_CASE("A node that has a message is called busy, whether it waits, holds its thread or will answer later") {
    for (const char* kind : {"node", "open", "polite", "foreign"}) {
        for (const char* arrow : {"->", "~>"}) {
            for (const char* way : {"sleeps", "answers later"}) {
                INFO(kind << ' ' << arrow << ' ' << way);
                std::unique_ptr<Pending> pending;
                const Said told = said(kind, arrow, [&](Stage& stage) -> Handle {
                    pending.reset(new Pending{stage, "to", 60 * second});
                    if (way == std::string("answers later")) return pending->handle();
                    return [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
                        return host.sleep(call, 60 * second);
                    };
                });
                CHECK(told.during.find("busy") != std::string::npos);
                CHECK(told.during.find("ready") == std::string::npos);
                CHECK(told.after.find("busy") == std::string::npos);
                CHECK(told.after.find("to:") != std::string::npos);
            }
        }
    }
}

TEST_CASE("Branches of one node do not hold each other up, however many wait for room in one of them") {
    struct Sending {
        const flowrun_host& host;
        flowrun_ticket* ticket;
        static void done(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
            const std::unique_ptr<Sending> s(static_cast<Sending*>(user));
            (void)s->host.complete(s->ticket, status, reply, error);
        }
    };
    for (const bool hasty : {false, true}) {
        INFO((hasty ? "sent without waiting" : "forwarded"));
        Virtual world(1, [] { FAIL("every thread waits for ever"); });
        Stage stage;
        std::vector<Time> free;
        stage.roles["from"] = Stage::numbers(700);
        stage.roles["switch"].handle = [&](const flowrun_host& host, flowrun_call* call,
                                           const flowrun_value* message) -> std::int32_t {
            const std::uint32_t port = number(message, "n") < 600 ? 0 : 1;
            if (!hasty) return host.forward(call, port, message);
            auto* const sending = new Sending{host, host.pend(call)};
            REQUIRE(host.emit_async(call, port, message, nullptr, &Sending::done, sending) == FLOWRUN_OK);
            return FLOWRUN_PENDING;
        };
        stage.roles["full"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            return host.sleep(call, second);
        };
        stage.roles["free"].handle = [&](const flowrun_host&, flowrun_call*, const flowrun_value*) {
            free.push_back(world.now());
            return FLOWRUN_OK;
        };
        stage.run(world,
                  "nodes: { from: {uses: source}, switch: {uses: open}, full: {uses: polite}, free: {uses: polite} }\n"
                  "edges:\n  - from ~> switch: { workers: 700, order: none, buffer: 700 }\n"
                  "  - switch ~> full: { buffer: 1 }\n  - switch.other ~> free: { buffer: 1 }\n");
        REQUIRE(free.size() == 100);
        CHECK(free.back() <= 5 * second);
    }
}
