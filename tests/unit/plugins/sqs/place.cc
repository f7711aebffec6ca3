#include "sqs/place.hh"

#include <flowrun/cxx/queue.hh>

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun;
using flowrun::sqs::Place;

namespace {

Place place(const std::string& url) { return sqs::place_of(broker::parse_url(url), {"prefetch"}); }

std::string mistake(const std::string& url) {
    try {
        static_cast<void>(place(url));
    } catch (const sdk::QueueError& error) { return error.text; }
    return "none";
}

}  // namespace

TEST_CASE("a region says where SQS is") {
    const Place usual = place("sqs://eu-central-1");
    CHECK(usual.endpoint == "https://sqs.eu-central-1.amazonaws.com/");
    CHECK(usual.host == "sqs.eu-central-1.amazonaws.com");
    CHECK(usual.path == "/");
    CHECK(place("sqs://cn-north-1").host == "sqs.cn-north-1.amazonaws.com.cn");
}

TEST_CASE("a server of one's own has an endpoint") {
    const Place own = place("sqs://us-east-1?endpoint=http://127.0.0.1:4566/queues/&prefetch=3&account=123456789012");
    CHECK(own.endpoint == "http://127.0.0.1:4566/queues/");
    CHECK(own.host == "127.0.0.1:4566");
    CHECK(own.path == "/queues/");
    CHECK(own.account == "123456789012");
    CHECK(place("sqs://a?endpoint=https://host:443").host == "host");
    CHECK(place("sqs://a?endpoint=http://host:443").host == "host:443");
}

TEST_CASE("a URL that is wrong says why") {
    CHECK(mistake("sqs://") == "the URL names no region: write sqs://eu-central-1");
    CHECK(mistake("sqs://key:secret@eu-central-1").find("credentials have no place") == 0);
    CHECK(mistake("sqs://localhost:4566").find("is no region") != std::string::npos);
    CHECK(mistake("sqs://eu-central-1/orders").find("fragment") != std::string::npos);
    CHECK(mistake("sqs://a?color=red").find("'color'") != std::string::npos);
    CHECK(mistake("sqs://a?endpoint=ftp://x").find("'endpoint'") == 0);
    CHECK(mistake("sqs://a?endpoint=http://x%0d%0aHost:y").find("'endpoint'") == 0);
    CHECK(mistake("sqs://a?account=12").find("twelve digits") != std::string::npos);
    CHECK(mistake("sqs://a?profile=").find("no value") != std::string::npos);
}
