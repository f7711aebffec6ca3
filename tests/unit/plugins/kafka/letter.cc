#include "kafka/letter.hh"

#include <catch2/catch.hpp>

#include <string>

using namespace flowrun;
using namespace flowrun::kafka;

namespace {

std::string header(const Producer::Letter& letter, const char* name) {
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_last(letter.headers.get(), name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return "-";
    return std::string(view_of(value, size));
}

}  // namespace

TEST_CASE("a message's key is the key, its body the value, and the rest are headers") {
    broker::Message message;
    message.id = "id";
    message.key = "blue";
    message.body = std::string("a\0b", 3);
    message.attempts = 2;
    message.traceparent = "00-1-2-01";
    const Producer::Letter letter = letter_of("t", 1, message);
    CHECK(letter.topic == "t");
    CHECK(letter.partition == 1);
    CHECK(letter.key == "blue");
    CHECK(letter.body == message.body);
    CHECK(header(letter, "flowrun-id") == "id");
    CHECK(header(letter, "flowrun-attempts") == "2");
    CHECK(header(letter, "traceparent") == "00-1-2-01");
    CHECK(header(letter, "flowrun-key") == "-");
    CHECK(header(letter, "flowrun-due") == "-");
    CHECK(size_of(message) >= 3 + 4 + 2 + 1 + 9);
}
