#include "admission.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::http;

TEST_CASE("who says the token is let in, and nobody else") {
    const Admission admission{.bearer = "tok-1", .user = {}, .password = {}};
    CHECK(admission.any());
    CHECK(admission.admits("Bearer tok-1"));
    CHECK(admission.admits("bearer  tok-1"));
    for (const char* said : {"", "Bearer", "Bearer ", "Bearer tok-", "Bearer tok-12", "Bearer Tok-1", "tok-1",
                             "Basic tok-1", "Basic OnRvay0x"}) {
        INFO(said);
        CHECK_FALSE(admission.admits(said));
    }
    CHECK(admission.challenge() == "WWW-Authenticate: Bearer\r\n");
    CHECK_FALSE(Admission().any());
    CHECK_FALSE(Admission().admits("Bearer "));
    CHECK_FALSE(Admission().admits("Basic Og=="));
}

TEST_CASE("a user is let in by his password") {
    const Admission admission{.bearer = {}, .user = "me", .password = "h\xC3\xBCsh:1"};
    CHECK(admission.admits("Basic bWU6aMO8c2g6MQ=="));
    CHECK_FALSE(admission.admits("Basic bWU6aMO8c2g6Mg=="));
    CHECK_FALSE(admission.admits("Basic bWU="));
    CHECK_FALSE(admission.admits("Bearer bWU6aMO8c2g6MQ=="));
    CHECK(admission.challenge().find("Basic realm") != std::string::npos);
}

TEST_CASE("a body is signed by who knows the secret") {
    // The example that GitHub's documentation gives for its webhooks.
    const Signature signature{
        .header = "x-hub-signature-256", .secret = "It's a Secret to Everybody", .prefix = "sha256=", .base64 = false};
    const std::string sum = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    CHECK(signature.fits("sha256=" + sum, "Hello, World!"));
    CHECK(signature.fits("sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17", "Hello, World!"));
    CHECK_FALSE(signature.fits("sha256=" + sum, "Hello, World?"));
    CHECK_FALSE(signature.fits(sum, "Hello, World!"));
    CHECK_FALSE(signature.fits("sha256=" + sum.substr(1), "Hello, World!"));
    CHECK_FALSE(signature.fits("", "Hello, World!"));
    CHECK_FALSE(signature.fits("sha256=", ""));
}

TEST_CASE("a signature may be in base64") {
    // RFC 4231, test case 2.
    const Signature signature{.header = "x-signature", .secret = "Jefe", .prefix = {}, .base64 = true};
    CHECK(signature.fits("W9zBRr9gdU5qBCQIJcdajFqWGp+cZM7I1ex1jeANJkM=", "x") == false);
    CHECK(signature.fits("W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=", "what do ya want for nothing?"));
}
