#include "sqs/credentials.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::sqs;

TEST_CASE("a profile of the credentials file is found among others") {
    constexpr std::string_view file =
        "# a comment\n[default]\naws_access_key_id = A\naws_secret_access_key=B=\r\n\n"
        "; another\n [ other ]\naws_access_key_id=C\naws_secret_access_key =D\naws_session_token=\tE \nregion = x\n"
        "[none]\naws_access_key_id=F\n";
    const auto usual = credentials_in(file, "default");
    REQUIRE(usual);
    CHECK(usual->id == "A");
    CHECK(usual->secret == "B=");
    CHECK(usual->token.empty());
    CHECK(usual->expires == Credentials::never);
    const auto other = credentials_in(file, "other");
    REQUIRE(other);
    CHECK(other->id == "C");
    CHECK(other->token == "E");
    CHECK_FALSE(credentials_in(file, "none"));
    CHECK_FALSE(credentials_in(file, "nowhere"));
    CHECK_FALSE(credentials_in("", "default"));
}

TEST_CASE("credentials that would break a header are none") {
    CHECK_FALSE(credentials_in("[d]\naws_access_key_id=A B\naws_secret_access_key=C\n", "d"));
    CHECK_FALSE(credentials_answered(R"({"AccessKeyId":"A\r\nX: y","SecretAccessKey":"B"})"));
}

TEST_CASE("what an endpoint answers has an end") {
    const auto made = credentials_answered(
        R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"B","Token":"C","Expiration":"2026-11-30T05:00:00Z"})");
    REQUIRE(made);
    CHECK(made->token == "C");
    CHECK(made->expires == std::int64_t{1'796'014'800} * 1'000'000'000);
    CHECK_FALSE(credentials_answered(R"({"Code":"Failed"})"));
    CHECK_FALSE(credentials_answered("<html>"));
    CHECK_FALSE(time_in("yesterday"));
    CHECK_FALSE(time_in("9999-01-01T00:00:00Z"));
}
