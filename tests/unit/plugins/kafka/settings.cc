#include "kafka/settings.hh"

#include <catch2/catch.hpp>

#include <flowrun/cxx/queue.hh>

#include <string>

#include "kafka/names.hh"
#include "kafka/number.hh"

using namespace flowrun;
using namespace flowrun::kafka;

namespace {

std::string mistake_in(std::string_view url) {
    try {
        static_cast<void>(read_settings(url));
    } catch (const sdk::QueueError& error) { return error.text; }
    return "";
}

const std::string* passed(const Settings& settings, std::string_view name) {
    for (const auto& [given, value] : settings.passed) {
        if (given == name) return &value;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("a URL names hosts, a topic and options") {
    const Settings plain = read_settings("kafka://one");
    CHECK(plain.servers == "one:9092");
    CHECK(plain.topic.empty());
    CHECK(*passed(plain, "security.protocol") == "plaintext");

    const Settings full =
        read_settings("kafka://u:p%40w@one:1,two,[::1]:3/jobs?group=g&partitions=6&tls=on&rdkafka.linger.ms=2");
    CHECK(full.servers == "one:1,two:9092,[::1]:3");
    CHECK(full.topic == "jobs");
    CHECK(full.group == "g");
    CHECK(full.partitions == 6);
    CHECK(full.user == "u");
    CHECK(full.password == "p@w");
    CHECK(*passed(full, "security.protocol") == "sasl_ssl");
    CHECK(*passed(full, "sasl.mechanism") == "SCRAM-SHA-256");
    CHECK(*passed(full, "linger.ms") == "2");
}

TEST_CASE("what is wrong with a URL is seen without a server") {
    using Catch::Contains;
    CHECK(mistake_in("kafka://h:9092/t?prefetch=5") == "");
    CHECK_THAT(mistake_in("nats://h"), Contains("begins with kafka://"));
    CHECK_THAT(mistake_in("kafka:///t"), Contains("names no host"));
    CHECK_THAT(mistake_in("kafka://h,,i"), Contains("empty host"));
    CHECK_THAT(mistake_in("kafka://h/a b"), Contains("cannot be a topic"));
    CHECK_THAT(mistake_in("kafka://h?what=1"), Contains("'what'"));
    CHECK_THAT(mistake_in("kafka://h?rdkafka.acks=0"), Contains("flowrun sets it itself"));
    CHECK_THAT(mistake_in("kafka://h?rdkafka.no.such=1"), Contains("no.such"));
    CHECK_THAT(mistake_in("kafka://h?rdkafka.linger.ms=x"), Contains("Invalid value"));
    CHECK_THAT(mistake_in("kafka://h?ca=x"), Contains("tls=on"));
    CHECK_THAT(mistake_in("kafka://h?mechanism=PLAIN"), Contains("needs a user"));
    CHECK_THAT(mistake_in("kafka://h?deliveries=2"), Contains("from 3"));
}

TEST_CASE("every queue has a topic of its own, and is found by it") {
    const Settings plain = read_settings("kafka://h");
    for (const char* name : {"orders", "shop/a ~> b", "a.b", "a_b", "ünter", ".dead", "x.retry"}) {
        const Names names(plain, name);
        CHECK(names.topic.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
              names.topic.npos);
        CHECK(queue_of(names.topic) == name);
        CHECK_FALSE(queue_of(names.retry));
        CHECK_FALSE(queue_of(names.dead));
    }
    CHECK(Names(plain, "a.b").topic != Names(plain, "a_b").topic);
    CHECK_THROWS_AS(Names(plain, std::string(300, 'x')), sdk::QueueError);
    CHECK_THROWS_AS(Names(plain, ""), sdk::QueueError);
    const Names given(read_settings("kafka://h/jobs?group=g"), "whatever");
    CHECK(given.topic == "jobs");
    CHECK(given.retry == "jobs.retry");
    CHECK(given.group == "g");
}

TEST_CASE("a place comes back from its number, and places of a partition grow") {
    std::uint64_t before = 0;
    for (const Number place : {Number{false, 0, 0}, Number{false, 0, 1}, Number{false, 3, 0},
                               Number{false, 3, 5'000'000'000}, Number{true, 0, 0}, Number{true, 99, 7}}) {
        const Number again = Number::of(place.packed());
        CHECK(again.retry == place.retry);
        CHECK(again.partition == place.partition);
        CHECK(again.offset == place.offset);
        CHECK(place.packed() > before);
        before = place.packed();
    }
}
