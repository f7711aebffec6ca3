// Which sources a stopped run tells of as cut short.

#include <flowrun/ext/source.h>

#include <catch2/catch.hpp>

#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

const flowrun_value* one() {
    static const value::Value made = *value::parse("1");
    return reinterpret_cast<const flowrun_value*>(made.get());
}

// A run that is stopped after a second, with a source that does this and a node that takes two seconds over a message.
Outcome stopped(Stage& stage, Body source, const std::string& arrow = "->") {
    stage.roles["from"].run = std::move(source);
    stage.roles["to"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
        return host.sleep(call, 2 * second);
    };
    Virtual world(1);
    return stage.run(world, "nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from.out " + arrow + " to ]\n",
                     [&](Runner& runner) {
                         std::mutex mutex;
                         Condition none;
                         std::unique_lock lock(mutex);
                         const Time until = world.now() + second;
                         while (world.now() < until) world.wait(none, lock, until);
                         runner.stop();
                     });
}

}  // namespace

TEST_CASE(
    "A source that learns of the stop before its end is cut short, however it learns of it and whatever it returns") {
    const Body ways[] = {
        [](const flowrun_host& host, flowrun_call* call) { return host.sleep(call, 3600 * second); },
        [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            while (host.stopping(call) == 0) (void)host.emit(call, 0, one());
            return FLOWRUN_OK;
        },
        [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            while (host.emit(call, 0, one()) == FLOWRUN_OK) {}
            return FLOWRUN_OK;
        },
        [](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            const auto ignore = [](void*, std::int32_t, const flowrun_value*, const flowrun_error*) {};
            while (host.emit_async(call, 0, one(), nullptr, ignore, nullptr) == FLOWRUN_OK) {
                if (host.sleep(call, second) != FLOWRUN_OK) break;
            }
            return FLOWRUN_OK;
        },
    };
    for (const Body& way : ways) {
        Stage stage;
        const Outcome outcome = stopped(stage, way);
        CHECK(outcome.drained);
        CHECK(outcome.cut_short == std::vector<std::string>{"from"});
    }
}

TEST_CASE("A source that has come to its end when the run is stopped, or has none, is not cut short") {
    const Body ends = [](const flowrun_host& host, flowrun_call* call) { return host.emit(call, 0, one()); };
    Stage stage;
    const Outcome whole = stopped(stage, ends, "~>");
    CHECK(whole.stopped);
    CHECK(whole.cut_short.empty());

    Stage service;
    const Outcome ended = stopped(service, [&](const flowrun_host& host, flowrun_call* call) {
        const auto* source = static_cast<const flowrun_source*>(host.extension(FLOWRUN_SOURCE_ID));
        REQUIRE(source != nullptr);
        source->endless(service.roles["from"].node);
        return host.sleep(call, 3600 * second);
    });
    CHECK(ended.stopped);
    CHECK(ended.cut_short.empty());
}

TEST_CASE("A run that has had its messages has cut nothing short") {
    Stage stage;
    stage.options.max_messages = 2;
    std::vector<std::string> got;
    stage.roles["from"] = Stage::numbers(100);
    stage.roles["to"] = Stage::collect(got);
    const Outcome outcome = stage.run("nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from.out -> to ]\n");
    CHECK(got.size() == 2);
    CHECK(outcome.cut_short.empty());
}
