// The timers of components at the moment when they are due.

#include <catch2/catch.hpp>

#include "engine/call/run_context.hh"
#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

TEST_CASE("A timer that is cancelled as its time comes either runs or does not, and says which") {
    bool ever_ran = false, ever_cancelled = false;
    for (std::uint64_t seed : seeds()) {
        CAPTURE(seed);
        Stage stage;
        std::atomic<int> ran{0};
        int cancelled = 0;
        constexpr int count = 5;
        stage.roles["from"].run = [&](const flowrun_host& host, flowrun_call* call) {
            flowrun_node* node = stage.roles["from"].node;
            auto fn = [](void* user) { ++*static_cast<std::atomic<int>*>(user); };
            for (int i = 0; i < count; ++i) {
                flowrun_timer* timer = host.timer(node, 10 * millisecond, fn, &ran);
                host.sleep(call, 10 * millisecond);
                cancelled += host.timer_cancel(timer);
                CHECK(host.timer_cancel(timer) == 0);
            }
            host.sleep(call, second);
            return FLOWRUN_OK;
        };
        stage.roles["to"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) { return FLOWRUN_OK; };
        stage.run("nodes: { from: {uses: source}, to: {uses: node} }\nedges: [ from.out ~> to ]\n", seed);
        REQUIRE(ran + cancelled == count);
        ever_ran = ever_ran || ran != 0;
        ever_cancelled = ever_cancelled || cancelled != 0;
    }
    CHECK(ever_ran);
    CHECK(ever_cancelled);
}
