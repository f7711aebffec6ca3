#include "sqs/groups.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::sqs;

namespace {

Groups::Next next(const std::string& group, const std::string& receipt) {
    Groups::Next made;
    made.one.group = group;
    made.one.receipt = receipt;
    return made;
}

}  // namespace

TEST_CASE("of a group one is let out at a time, in their order, and no group waits for another") {
    Groups groups;
    CHECK(groups.come(next("a", "a1"))->one.receipt == "a1");
    CHECK_FALSE(groups.come(next("a", "a2")));
    CHECK_FALSE(groups.come(next("a", "a3")));
    CHECK(groups.come(next("b", "b1"))->one.receipt == "b1");
    CHECK(groups.go_on("a")->one.receipt == "a2");
    CHECK_FALSE(groups.come(next("a", "a4")));
    CHECK_FALSE(groups.go_on("b"));
    CHECK(groups.go_on("a")->one.receipt == "a3");
    CHECK(groups.go_on("a")->one.receipt == "a4");
    CHECK_FALSE(groups.go_on("a"));
    CHECK(groups.come(next("a", "a5"))->one.receipt == "a5");
}

TEST_CASE("when one is given back, those behind it go back in their order, and those still waiting are known") {
    Groups groups;
    CHECK(groups.come(next("a", "a1")));
    CHECK_FALSE(groups.come(next("a", "a2")));
    CHECK_FALSE(groups.come(next("a", "a3")));
    std::string waiting;
    groups.each_waiting([&](const Delivered& one) { waiting += one.receipt; });
    CHECK(waiting == "a2a3");
    const Groups::Rest rest = groups.give_up("a");
    REQUIRE(rest.size() == 2);
    CHECK(rest[0].one.receipt == "a2");
    CHECK(rest[1].one.receipt == "a3");
    CHECK(groups.give_up("a").empty());
    CHECK_FALSE(groups.go_on("a"));
    CHECK(groups.come(next("a", "a1"))->one.receipt == "a1");
}
