// The hops in progress, as another thread sees them.

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/call/call_stack.hh"
#include "engine/call/run_context.hh"
#include "engine/graph/graph.hh"

using namespace flowrun::engine;

// Under the thread sanitizer a field that is written without care is found here too.
TEST_CASE("a thread that looks at the hops sees only edges, however they were put there") {
    Edge one, two;
    one.next = &two;
    CallStack stack;
    std::atomic<bool> over{false};
    bool strange = false;
    std::thread other([&] {
        const auto known = [&](const Edge* edge) { return edge == &one || edge == &two; };
        while (!over.load()) {
            const Edge* seen = stack.seen();
            strange = strange || (seen != nullptr && !known(seen));
            stack.look([&](const Edge& newest, const Edge* first) {
                strange = strange || !known(&newest) || (first != nullptr && !known(first));
            });
        }
    });
    for (int i = 0; i < 2000; ++i) {
        stack.push(one, nullptr);
        const Frame kept = stack.back();
        stack.push(one, &one).set_edge(two);
        const Frame run = stack.back();
        while (stack.size() != 0) stack.pop();
        for (int n = i % 80; n > 0; --n) stack.push(n % 2 == 0 ? kept : run);
        if (i % 80 > 1) CHECK(stack[1].edge == (i % 80 % 2 == 0 ? &two : &one));
        while (stack.size() != 0) stack.pop();
    }
    over = true;
    other.join();
    CHECK_FALSE(strange);
}
