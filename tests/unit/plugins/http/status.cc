// What failed requests mean to a flow, and where a server may listen.

#include "status.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun::http;
using flowrun::sdk::Status;

TEST_CASE("A status says whether another attempt may help") {
    for (const long status : {408L, 429L, 500L, 502L, 503L, 504L, 599L}) {
        INFO(status);
        CHECK(is_worth_trying(status));
        CHECK(code_of_status(status) != Status::permanent);
    }
    for (const long status : {400L, 401L, 403L, 404L, 405L, 409L, 410L, 413L, 422L, 451L, 499L}) {
        INFO(status);
        CHECK(!is_worth_trying(status));
        CHECK(code_of_status(status) == Status::permanent);
    }
    CHECK(code_of_status(429) == Status::overflow);
    CHECK(code_of_status(503) == Status::unavailable);
    CHECK(code_of_status(504) == Status::timeout);
}

TEST_CASE("A status without a name has none") {
    CHECK(reason_of(404) == "Not Found");
    CHECK(reason_of(460).empty());
    CHECK(reason_of(590).empty());
}

TEST_CASE("A network failure may pass, a wrong certificate does not") {
    for (const CURLcode code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
                                CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2}) {
        INFO(code);
        CHECK(code_of(code) == Status::unavailable);
    }
    for (const CURLcode code : {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_TOO_MANY_REDIRECTS}) {
        INFO(code);
        CHECK(code_of(code) == Status::permanent);
    }
    CHECK(code_of(CURLE_OPERATION_TIMEDOUT) == Status::timeout);
    CHECK(text_of(CURLE_COULDNT_CONNECT, "said so") == "said so");
    CHECK(!text_of(CURLE_COULDNT_CONNECT, "").empty());
}
