// The plugins in c/ and cxx/, built by outside.sh against the installed SDK, do what they say.

#include <catch2/catch.hpp>

#include "fake_host.hh"

using namespace flowrun::test;
using Strings = std::vector<std::string>;

TEST_CASE("the plugin in C splits words and counts them at the end") {
    FakeHost host(FLOWRUN_OUTSIDE "/words.so");
    REQUIRE(host.create("words.split", R"({"least":2})"));
    CHECK(host.handle("\"to be  or a bee\"").status == FLOWRUN_OK);
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{"\"to\"", "\"be\"", "\"or\"", "\"bee\"", "4"});
    CHECK(host.handle("7").error.message == "the message is not a string");
}

TEST_CASE("the plugin in C++ gives the mean at the end, and says which message has no number") {
    FakeHost host(FLOWRUN_OUTSIDE "/stats.so");
    REQUIRE(host.create("stats.mean", R"({"of":"order.total"})"));
    CHECK(host.handle(R"({"order":{"total":1}})").status == FLOWRUN_OK);
    CHECK(host.handle(R"({"order":{"total":2}})").status == FLOWRUN_OK);
    const Answer wrong = host.handle(R"({"order":{"total":"3"}})");
    CHECK(wrong.status == FLOWRUN_E_INVALID);
    CHECK(wrong.error.message == "there is no number at order.total");
    CHECK(wrong.error.detail == R"({"order":{"total":"3"}})");
    CHECK(host.end().status == FLOWRUN_OK);
    CHECK(host.jsons() == Strings{R"({"count":2,"mean":1.5})"});

    FakeHost refused(FLOWRUN_OUTSIDE "/stats.so");
    CHECK_FALSE(refused.create("stats.mean", R"({"of":"a["})"));
    CHECK(refused.refused == "'a[' is not a path");
}

TEST_CASE("exceptions stop at the border, and become errors that keep what they said") {
    FakeHost host(FLOWRUN_OUTSIDE "/stats.so");
    REQUIRE(host.create("stats.throw"));
    const Answer error = host.handle("\"exception\"");
    CHECK(error.status == FLOWRUN_E_INTERNAL);
    CHECK(error.error.message == "a runtime error");
    const Answer number = host.handle("\"number\"");
    CHECK(number.status == FLOWRUN_E_INTERNAL);
    CHECK_FALSE(number.error.message.empty());
    const Answer failure = host.handle("1");
    CHECK(failure.status == FLOWRUN_E_UNAVAILABLE);
    CHECK(failure.error.retryable == FLOWRUN_RETRY_NO);
    CHECK(failure.error.retry_after == 5);
    CHECK(failure.error.detail == "1");
    FakeHost refused(FLOWRUN_OUTSIDE "/stats.so");
    CHECK_FALSE(refused.create("stats.throw", R"({"refuse":1})"));
    CHECK(refused.refused == "refused on purpose");
}
