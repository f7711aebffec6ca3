#include "broker/leases.hh"

#include <catch2/catch.hpp>

using flowrun::broker::Leases;

TEST_CASE("a lease goes on as it is renewed, and no longer than it may") {
    Leases leases(10, 25);
    leases.begin("a", 100);
    CHECK(leases.holds("a", 109));
    CHECK_FALSE(leases.holds("a", 110));
    CHECK(leases.renew("a", 109));
    CHECK(leases.holds("a", 118));
    CHECK_FALSE(leases.renew("a", 116));  // its end would be beyond 125
    CHECK(leases.held(118) == 1);
    CHECK(leases.held(119) == 0);
    CHECK_FALSE(leases.renew("a", 119));
}

TEST_CASE("a lease that is over or answered stays so, and its notes are asked for once") {
    Leases leases(10);
    leases.begin("a", 0);
    leases.note("a");
    CHECK(leases.end("a"));
    CHECK_FALSE(leases.end("a"));
    CHECK_FALSE(leases.renew("a", 1));
    CHECK_FALSE(leases.holds("a", 1));
    leases.note("b");
    CHECK_FALSE(leases.end("b"));
}
