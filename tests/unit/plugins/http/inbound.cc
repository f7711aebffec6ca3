// A request as it comes in, and the message that it becomes.

#include "inbound.hh"

#include <catch2/catch.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include "formats/packing.hh"
#include "message.hh"
#include "target.hh"
#include "values.hh"

using namespace flowrun::http;
using flowrun::test::failure_of;
using flowrun::test::table;
using Error = boost::beast::http::error;

namespace {

struct Read {
    explicit Read(const std::string& text, std::size_t step = 1 << 20, std::uint32_t most_header = 1000,
                  std::uint64_t most_body = 1000)
        : request(most_header, most_body) {
        // As a connection does: what has not been parsed stands before what comes next.
        std::size_t begin = 0, end = 0;
        while (!request.is_done() && end < text.size()) {
            end = std::min(end + step, text.size());
            while (begin < end && !request.is_done()) {
                const std::size_t used = request.put(boost::asio::buffer(text.data() + begin, end - begin), error);
                begin += used;
                if (error == Error::need_more) error = {};
                if (error) return;
                if (used == 0) break;
            }
        }
    }
    Inbound request;
    boost::beast::error_code error;
};

std::string message_of(const std::string& text, Format format = Format::automatic) {
    const Read read(text);
    REQUIRE(read.request.is_done());
    ServerSettings settings;
    settings.format = format;
    flowrun::sdk::Builder builder(table());
    return flowrun::http::message_of(read.request, "192.0.2.1", settings, table(), builder).json();
}

const std::string simple =
    "POST /a%20b?x=1&y=2&x=3 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    "Content-Length: 9\r\n\r\n{\"a\": 1}\n";

}  // namespace

TEST_CASE("A request is read whole, however it arrives") {
    for (std::size_t step = 1; step <= simple.size(); ++step) {
        CAPTURE(step);
        const Read read(simple, step);
        REQUIRE_FALSE(read.error);
        REQUIRE(read.request.is_done());
        CHECK(read.request.version() == 11);
        CHECK(read.request.method() == "POST");
        CHECK(read.request.target() == "/a%20b?x=1&y=2&x=3");
        CHECK(read.request.field("host") == "h");
        CHECK(read.request.has("content-type"));
        CHECK_FALSE(read.request.has("accept"));
        CHECK(read.request.field("accept").empty());
        CHECK(read.request.body() == "{\"a\": 1}\n");
        CHECK(read.request.keep_alive());
    }
}

TEST_CASE("Fields of one name are one list, cookies joined by a semicolon") {
    const Read read("GET / HTTP/1.1\r\nHost: h\r\nAccept: a\r\nACCEPT: b\r\nCookie: c=1\r\nCookie: d=2\r\n\r\n");
    REQUIRE(read.request.is_done());
    CHECK(read.request.field("accept") == "a, b");
    CHECK(read.request.field("cookie") == "c=1; d=2");
    CHECK(read.request.fields().size() == 3);
}

TEST_CASE("A request with two hosts is refused") {
    CHECK(Read("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").error == Error::bad_field);
}

TEST_CASE("A chunked body is put together, its trailer left out") {
    const std::string text =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nLate: yes\r\n\r\n";
    for (const std::size_t step : {std::size_t{1}, std::size_t{5}, text.size()}) {
        CAPTURE(step);
        const Read read(text, step);
        REQUIRE_FALSE(read.error);
        REQUIRE(read.request.is_done());
        CHECK(read.request.body() == "abcdefg");
        CHECK_FALSE(read.request.has("late"));
        CHECK_FALSE(read.request.coded());
    }
}

TEST_CASE("A transfer coding that is not understood is known by the head") {
    CHECK(Read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").request.coded());
}

TEST_CASE("What is too long ends the reading") {
    const std::string long_header = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n";
    CHECK(Read(long_header).error == Error::header_limit);
    CHECK(Read(simple, 1 << 20, 1000, 5).error == Error::body_limit);
    std::string many = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i <= Inbound::most_fields; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
    CHECK(Read(many + "\r\n", 1 << 20, 100'000).error == Error::header_limit);
}

TEST_CASE("What is no request is refused") {
    CHECK(Read("hello\r\n\r\n").error);
    CHECK(Read("GET / HTTP/2.0\r\n\r\n").error);
    CHECK(Read("GET / HTTP/1.1\r\nNo colon\r\n\r\n").error);
    CHECK(Read("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n").error);
}

TEST_CASE("A request becomes a message") {
    CHECK(
        message_of(simple) ==
        R"({"method":"POST","path":"/a b","query":{"x":["1","3"],"y":"2"},"target":"/a%20b?x=1&y=2&x=3",)"
        R"("client":"192.0.2.1","headers":{"host":"h","content-type":"application/json","content-length":"9"},"body":{"a": 1}})");
    CHECK(message_of("GET / HTTP/1.0\r\n\r\n") ==
          R"({"method":"GET","path":"/","query":{},"target":"/","client":"192.0.2.1","headers":{},"body":null})");
}

TEST_CASE("A body that came packed is told unpacked, without the headers that were true of it packed") {
    const auto packer = flowrun::formats::gzip_packer(0);
    std::string packed;
    packer->pack("{\"a\": 1}", packed);
    packer->finish(packed);
    Read read(
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        "Content-Length: " +
        std::to_string(packed.size()) + "\r\n\r\n" + packed);
    REQUIRE(read.request.is_done());
    CHECK(read.request.decode(1000) == Undecoded::none);
    flowrun::sdk::Builder builder(table());
    CHECK(flowrun::http::message_of(read.request, "::1", ServerSettings(), table(), builder).json() ==
          R"({"method":"PUT","path":"/","query":{},"target":"/","client":"::1",)"
          R"("headers":{"host":"h","content-type":"application/json"},"body":{"a": 1}})");
}

TEST_CASE("A body is read as the settings say, or as its type says") {
    const auto body = [](const std::string& type, const std::string& text, Format format) {
        flowrun::sdk::Builder builder(table());
        build_body(builder, table(), text, type, format);
        const auto made = builder.finish();
        return (made.is(flowrun::sdk::Kind::bytes) ? "bytes " : "") + made.json();
    };
    CHECK(body("text/plain", "{\"a\":1}", Format::automatic) == "\"{\\\"a\\\":1}\"");
    CHECK(body("text/plain", "{\"a\":1}", Format::json) == "{\"a\":1}");
    CHECK(body("application/problem+json; charset=utf-8", "[1]", Format::automatic) == "[1]");
    CHECK(body("application/json", "[1]", Format::text) == "\"[1]\"");
    CHECK(body("application/json", "[1]", Format::bytes).starts_with("bytes "));
    CHECK(body("", "\xFF", Format::automatic).starts_with("bytes "));
    CHECK(body("", "a=1&b=x+y%21&a=2", Format::form) == R"({"a":["1","2"],"b":"x y!"})");
    CHECK(failure_of([&] { (void)body("", "a=%zz", Format::form); }) ==
          "-1: the body is not that of a form: name=value, joined by &, all else as %XX");
    for (const char* other : {R"({"a":1})", "hello", "<a b=\"c\">", "a=1\nb=2", "a=1&b", "[1]"}) {
        INFO(other);
        CHECK_FALSE(is_form(other));
    }
    for (const char* form : {"", "a=", "a=1&&b=2&", "a[]=1&a[]=2", "n=John Doe", "n=J\xc3\xb6rg", "=1"}) {
        INFO(form);
        CHECK(is_form(form));
    }
    CHECK(body("application/x-www-form-urlencoded", "a=1", Format::automatic) == R"("a=1")");
    CHECK(body("application/json", "", Format::automatic) == "null");
    CHECK(body("application/json", "\xEF\xBB\xBF[1]", Format::automatic) == "[1]");
    CHECK(body("", "", Format::text) == "\"\"");
    CHECK(failure_of([&] { (void)body("", "\xFF", Format::text); }) == "-1: the body is not UTF-8");
    CHECK(failure_of([&] {
              (void)body("application/json", "{\"a\":}", Format::automatic);
          }).starts_with("-1: the body is not JSON: "));
}

TEST_CASE("The names of formats are those of the settings") {
    CHECK(format_of("json") == Format::json);
    CHECK(format_of("form") == Format::form);
    CHECK(format_of("text") == Format::text);
    CHECK(format_of("bytes") == Format::bytes);
    CHECK(format_of("auto") == Format::automatic);
}
