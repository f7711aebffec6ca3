// What HTTP says about text, and what errors tell of a URL.

#include "text.hh"

#include <catch2/catch.hpp>

#include <flowrun/component.hh>

#include <string>

#include "redirect.hh"
#include "url.hh"

using namespace flowrun::http;
using flowrun::sdk::Failure;

namespace {

std::string refusal_of(const std::string& text) {
    try {
        return Url(text).text();
    } catch (const Failure& failure) { return failure.what(); }
}

}  // namespace

TEST_CASE("What is no URL is told without what may be a secret in it") {
    for (const char* bad :
         {"http://a.example/b c?key=hush", "http://a.example/\x01hush", "http://me:hush@a.example:port/",
          "http://me:hu/sh@a.example/ ", "http://me:hush", "http://[::hush]/", "hush", "hush://a", "ftp://a/hush",
          "ftp://me:hush@a/", "ha?hush://x", "http:///hush ", "http://a.example\nhush", "http://a.example\\hush@ "}) {
        INFO(bad);
        const std::string said = refusal_of(bad);
        CHECK(said.find("setting 'url': ") == 0);
        if (std::string(bad) != "hush://a") CHECK(said.find("hush") == std::string::npos);
    }
    CHECK(refusal_of("ftp://a.example") == "setting 'url': 'ftp://a.example' begins with neither http:// nor https://");
    CHECK(refusal_of("a.example/x") == "setting 'url': begins with neither http:// nor https://");
    CHECK(refusal_of("http://a.example:port/x").find("'http://a.example…' is not a URL: ") != std::string::npos);
}

TEST_CASE("A number of too many digits is told from one that is none") {
    for (const char* beyond : {"9999999999999999999", "00099999999999999999999999999"})
        CHECK(is_beyond_counting(beyond));
    for (const char* fair : {"", "0", "12", "000000000000000000000000000007", "999999999999999999",
                             "-9999999999999999999", "99999999999999999999 s"}) {
        INFO(fair);
        CHECK(!is_beyond_counting(fair));
    }
}

TEST_CASE("A header that frames the message is known in any case") {
    for (const char* name : {"Content-Length", "TRANSFER-ENCODING", "connection", "TE", "Upgrade", "Keep-Alive",
                             "Trailer", "Proxy-Connection", "Expect", "HTTP2-Settings"}) {
        CHECK(is_framing(name));
    }
    for (const char* name : {"", "Content-Type", "Content-Length2", "X-Connection"}) CHECK(!is_framing(name));
}

TEST_CASE("A redirect keeps who asks at the same server only") {
    CHECK(redirected("http://me:it@a/x", "http://a:80/y") == "http://me:it@a:80/y");
    CHECK(redirected("http://me:it@a/x", "http://other@a/y") == "http://other@a/y");
    for (const char* elsewhere : {"https://a/y", "http://a:81/y", "http://b/y"}) {
        CHECK(redirected("http://me:it@a/x", elsewhere).find("it") == std::string::npos);
        CHECK(!is_same_server("http://me:it@a/x", elsewhere));
    }
    CHECK(redirected("http://me:it@a/x/y?z", "../b c?d") == "http://me:it@a/b%20c?d");
    CHECK(redirected("http://me:it@a/x/y?z", "?d") == "http://me:it@a/x/y?d");
    CHECK(redirected("http://me:it@a/x", "//b/y") == "http://b/y");
    CHECK(is_same_server("http://A/x", "HTTP://a:80/"));
    for (const char* bad : {"file:///etc/passwd", "http://", "http://a:port/", "gopher://a"}) {
        INFO(bad);
        CHECK_THROWS_AS(redirected("http://a/", bad), Failure);
    }
}

TEST_CASE("A redirect sends on only what is clear") {
    for (const long status : {301L, 302L, 303L, 307L, 308L}) {
        CHECK(is_redirect(status));
        CHECK(method_after(status, "GET") == "GET");
        CHECK(method_after(status, "HEAD") == "HEAD");
    }
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "ODD"}) {
        CHECK(method_after(301, method).empty());
        CHECK(method_after(302, method).empty());
        CHECK(method_after(303, method) == "GET");
        CHECK(method_after(307, method) == method);
        CHECK(method_after(308, method) == method);
    }
    for (const long status : {200L, 300L, 304L, 305L, 306L, 309L}) CHECK(!is_redirect(status));
}
