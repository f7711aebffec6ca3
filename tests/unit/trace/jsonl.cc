#include "trace/jsonl.hh"

#include <catch2/catch.hpp>

#include "spans.hh"

using namespace flowrun;
using namespace flowrun::trace;

TEST_CASE("a jsonl line holds every field, always in the same order") {
    CHECK(
        line_of(Jsonl(order_names()), order_span()) ==
        R"({"trace_id":"0123456789abcdeffedcba9876543210","span_id":"a0b0c0d0e0f00102","parent_id":"0000000000000001",)"
        R"("node":"details","port":"in","edge":"orders -> details","mode":"sync","attempt":1,)"
        R"("start":"2026-01-31T12:34:56.007008009Z","queued_ns":0,"handled_ns":1234567,"outcome":"ok","error":null,)"
        R"("msg_id":"7"})"
        "\n");
}

TEST_CASE("a root has no port, edge, mode and parent") {
    Span span = order_span();
    span.edge = no_edge;
    span.node = 0;
    span.parent = 0;
    const std::string line = line_of(Jsonl(order_names()), span);
    CHECK(line.find(R"("parent_id":null,"node":"orders","port":null,"edge":null,"mode":null,"attempt":1)") !=
          std::string::npos);
}

TEST_CASE("an async hop says its queue time, its port and its attempt") {
    Span span = order_span();
    span.edge = 1;
    span.node = 2;
    span.port = 1;
    span.async = true;
    span.queued = 42;
    span.attempt = 65535;
    const std::string line = line_of(Jsonl(order_names()), span);
    CHECK(line.find(R"("port":"again","edge":"details ~> invoice","mode":"async","attempt":65535)") !=
          std::string::npos);
    CHECK(line.find(R"("queued_ns":42,)") != std::string::npos);
}

TEST_CASE("an error is quoted so that the line stays one JSON text") {
    const std::string bad = std::string("say \"no\"\\\n\t\0\x7f \xff\xc3\xa9 \xed\xa0\x80", 21);
    const std::string line = line_of(Jsonl(order_names()), failed_span(Code::timeout, bad));
    const std::string bad_byte = "\xEF\xBF\xBD";
    CHECK(line.find(R"("outcome":"failed","error":{"code":"timeout","message":"say \"no\"\\\n\u0009\u0000\u007f )" +
                    bad_byte + "\xc3\xa9 " + bad_byte + bad_byte + bad_byte + R"("},"msg_id":"7"})" + "\n") !=
          std::string::npos);
}

TEST_CASE("what could disturb a terminal that shows the line is escaped too") {
    const std::string line = line_of(Jsonl(order_names()), failed_span(Code::failed, "\u009b31m \u202e \u2028 \u00e9"));
    CHECK(line.find("\"message\":\"\\u009b31m \\u202e \\u2028 \u00e9\"") != std::string::npos);
}

TEST_CASE("a message id from outside is printed instead of the number, with or without an error") {
    Span span = failed_span(Code::failed, "no");
    span.note->message_id = "order \"5\"";
    CHECK(line_of(Jsonl(order_names()), span).find(R"(,"msg_id":"order \"5\""})") != std::string::npos);
    span.note->code = Code::ok;
    CHECK(line_of(Jsonl(order_names()), span).find(R"("error":null,"msg_id":"order \"5\""})") != std::string::npos);
}

TEST_CASE("dates are right around leap days, before 1970 and when the second changes") {
    Jsonl format(order_names());
    const auto start = [&](std::int64_t seconds, std::int64_t rest) {
        Span span = order_span();
        span.start = seconds * 1'000'000'000 + rest;
        const std::string line = line_of(format, span);
        return line.substr(line.find("\"start\":\"") + 9, 30);
    };
    CHECK(start(0, 0) == "1970-01-01T00:00:00.000000000Z");
    CHECK(start(0, -1) == "1969-12-31T23:59:59.999999999Z");
    CHECK(start(951'782'400, 5) == "2000-02-29T00:00:00.000000005Z");
    CHECK(start(951'868'799, 999'999'999) == "2000-02-29T23:59:59.999999999Z");
    CHECK(start(951'868'800, 0) == "2000-03-01T00:00:00.000000000Z");
    CHECK(start(1'709'164'800, 0) == "2024-02-29T00:00:00.000000000Z");
    CHECK(start(1'798'761'599, 0) == "2026-12-31T23:59:59.000000000Z");
    CHECK(start(4'107'542'400, 0) == "2100-03-01T00:00:00.000000000Z");
}

TEST_CASE("decimal and hexadecimal digits are right at every length") {
    char text[20];
    std::uint64_t number = 0;
    for (int length = 1; length <= 20; ++length) {
        for (const std::uint64_t n : {number, number + 1, number * 2 + 3}) {
            CHECK(std::string(text, put_decimal(text, n)) == std::to_string(n));
        }
        number = number * 10 + 9;
        if (length == 19) number = 18'446'744'073'709'551'615u;
    }
    CHECK(std::string(text, put_decimal(text, 18'446'744'073'709'551'615u)) == "18446744073709551615");
    CHECK(std::string(text, put_hex(text, 0)) == "0000000000000000");
    CHECK(std::string(text, put_hex(text, 0x9abcdef012345678)) == "9abcdef012345678");
    CHECK(std::string(text, put_hex(text, 0xffffffffffffffff)) == "ffffffffffffffff");
    CHECK(std::string(text, put_nine(text, 7)) == "000000007");
    CHECK(std::string(text, put_nine(text, 987'654'321)) == "987654321");
}
