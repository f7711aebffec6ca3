// The hops in progress, as another thread sees them.

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/pump.hh"
#include "engine/run.hh"
#include "engine/trail.hh"

using namespace flowrun::engine;

// Under the thread sanitizer a field that is written without care is found here too.
TEST_CASE("a thread that looks at the hops sees only edges, however they were put there") {
    Edge one, two;
    one.next = &two;
    Trail trail;
    std::atomic<bool> over{false};
    bool strange = false;
    std::thread other([&] {
        const auto known = [&](const Edge* edge) { return edge == &one || edge == &two; };
        while (!over.load()) {
            const Edge* seen = trail.seen();
            strange = strange || (seen != nullptr && !known(seen));
            trail.look([&](const Edge& newest, const Edge* first) {
                strange = strange || !known(&newest) || (first != nullptr && !known(first));
            });
        }
    });
    for (int i = 0; i < 2000; ++i) {
        trail.push(one, nullptr);
        const Hop kept = trail.back();
        trail.push(one, &one).set_edge(two);
        const Hop run = trail.back();
        while (trail.size() != 0) trail.pop();
        for (int n = i % 80; n > 0; --n) trail.push(n % 2 == 0 ? kept : run);
        if (i % 80 > 1) CHECK(trail[1].edge == (i % 80 % 2 == 0 ? &two : &one));
        while (trail.size() != 0) trail.pop();
    }
    over = true;
    other.join();
    CHECK_FALSE(strange);
}
