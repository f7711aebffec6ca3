#include <catch2/catch.hpp>

#include "seeds.hh"
#include "storm.hh"

using namespace flowrun::engine::test;

TEST_CASE("Random flows under random policies lose nothing, keep their order and their bounds, and end") {
    for (std::uint64_t seed : seeds()) {
        std::string wrong = storm(seed);
        if (wrong.empty()) continue;
        FAIL(wrong << "replay: FLOWRUN_SEED=" << seed << " build/bin/test_engine \"Random flows*\"");
    }
}

// A delivery had other memory for its message after another thread had had it, while it came to rest.
TEST_CASE("Random flows that have found something find nothing any more") { CHECK(storm(18394).empty()); }
