#include "base/reason.hh"

#include <catch2/catch.hpp>

#include "base/secrets.hh"

using namespace flowrun;

TEST_CASE("a reason is UTF-8 of a bounded length, and says how much is missing") {
    CHECK(reason_of("caf\xe9") == "caf\\xe9");
    CHECK(reason_of("").empty());
    const std::string whole(longest_reason, 'x');
    CHECK(reason_of(whole) == whole);
    const std::string cut = reason_of(std::string(10'000'000, 'x'));
    CHECK(cut.size() <= longest_reason);
    CHECK(cut.ends_with("... (9995944 more bytes)"));
    CHECK(reason_of(cut) == cut);
}

TEST_CASE("no part of a secret is left where a reason is cut") {
    Secrets::of_process().add("correct horse battery staple");
    for (std::size_t before = longest_reason - 80; before < longest_reason; ++before) {
        const std::string reason =
            reason_of(std::string(before, '-') + "correct horse battery staple" + std::string(1 << 20, '-'));
        REQUIRE(reason.find("cor") == std::string::npos);
    }
}
