// Where a server listens.

#include "address.hh"

#include <catch2/catch.hpp>

#include <string>

#include "values.hh"

using namespace flowrun::http;
using flowrun::test::failure_of;

TEST_CASE("An address to listen on is read, and told again") {
    CHECK(text_of_address(address_of("127.0.0.1:8080")) == "127.0.0.1:8080");
    CHECK(text_of_address(address_of("localhost:1")) == "127.0.0.1:1");
    CHECK(text_of_address(address_of("[::1]:8080")) == "[::1]:8080");
    CHECK(text_of_address(address_of("0.0.0.0:0")) == "0.0.0.0:0");
    CHECK(address_of(":65535").address().is_v6());
    CHECK(address_of(":65535").address().is_unspecified());
}

TEST_CASE("What is no address to listen on says what is wrong") {
    const auto wrong = [](const char* text, const char* why) {
        CAPTURE(text);
        const std::string said = failure_of([&] { (void)address_of(text); });
        CHECK(said.starts_with("-1: '" + std::string(text) + "' is no address to listen on: " + why));
    };
    for (const char* text : {"", "8080", "127.0.0.1"}) wrong(text, "it has no port");
    for (const char* text :
         {"127.0.0.1:", "127.0.0.1:-1", "127.0.0.1:65536", "127.0.0.1:8o", "127.0.0.1:80 ", ":http"}) {
        wrong(text, "the port is not a number from 0 to 65535");
    }
    for (const char* text : {"::1:80", "[::1:80", "http://127.0.0.1:80"})
        wrong(text, "an IPv6 address stands in brackets");
    for (const char* text : {"[]:80", "host.example:80"}) wrong(text, "'");
}

TEST_CASE("A Unix socket is told from an address, and its path is bounded") {
    CHECK(path_of_socket("unix:/run/x.sock") == "/run/x.sock");
    CHECK(path_of_socket("unix:x") == "x");
    CHECK(path_of_socket(":8080").empty());
    CHECK(path_of_socket("/run/x").empty());
    const std::string longest = "unix:" + std::string(107, 'a');
    CHECK(path_of_socket(longest).size() == 107);
    for (const std::string& wrong :
         {std::string("unix:"), "unix:" + std::string(108, 'a'), std::string("unix:a\0b", 8)}) {
        CHECK(failure_of([&] { (void)path_of_socket(wrong); }).starts_with("-1: "));
    }
    CHECK(is_handed_socket("fd:web"));
    CHECK_FALSE(is_handed_socket("[fd::1]:80"));
    const boost::asio::generic::stream_protocol::endpoint generic(address_of("[::1]:81"));
    CHECK(text_of_address(network_of(generic)) == "[::1]:81");
}
