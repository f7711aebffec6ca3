// The URL of a request with its query, and where a redirect leads.

#include "url.hh"

#include <catch2/catch.hpp>

#include <string>

#include "redirect.hh"
#include "values.hh"

using namespace flowrun::http;
using flowrun::test::failure_of;

namespace {

std::string with(const std::string& url, std::initializer_list<std::pair<const char*, const char*>> query) {
    Url out(url);
    for (const auto& [name, value] : query) out.add(name, value);
    return out.text();
}

}  // namespace

TEST_CASE("A query is added to what the URL has already, encoded") {
    CHECK(with("http://h/p", {}) == "http://h/p");
    CHECK(with("http://h/p", {{"a", "1"}, {"b", "2 3"}}) == "http://h/p?a=1&b=2%203");
    CHECK(with("http://h/p?x=0", {{"a", "1"}}) == "http://h/p?x=0&a=1");
    CHECK(with("http://h/p#part", {{"a", "1"}}) == "http://h/p?a=1#part");
    CHECK(with("http://h/", {{"a&b", "c=d"}, {"é", ""}}) == "http://h/?a%26b=c%3dd&%c3%a9=");
    CHECK(with("HTTPS://h", {{"a", "#?/"}}) == "https://h/?a=%23%3f%2f");
}

TEST_CASE("A URL of another scheme is refused, and so is one that holds a NUL") {
    CHECK(failure_of([] { Url("ftp://h/"); }) ==
          "-1: setting 'url': 'ftp://h\u2026' begins with neither http:// nor https://");
    CHECK(failure_of([] { Url(std::string("http://h/a\0b", 12)); }).starts_with("-1: setting 'url': "));
    CHECK(failure_of([] { Url("http://"); }).starts_with("-1: setting 'url': "));
    CHECK(failure_of([] { Url("http://h:99999/"); }).starts_with("-1: setting 'url': "));
}

TEST_CASE("A redirect may be relative to the URL that was asked") {
    CHECK(redirected("http://h/a/b?q=1", "c") == "http://h/a/c");
    CHECK(redirected("http://h/a/b", "/c?d=e") == "http://h/c?d=e");
    CHECK(redirected("http://h/a/b", "?d") == "http://h/a/b?d");
    CHECK(redirected("http://h/a/b", "../../c") == "http://h/c");
    CHECK(redirected("https://h/a", "//other/b") == "https://other/b");
    CHECK(redirected("http://h/a", "https://h/b c") == "https://h/b%20c");
}

TEST_CASE("A redirect to anything but http is refused") {
    for (const char* to : {"file:///etc/passwd", "ftp://h/", "gopher://h/", "javascript:alert(1)"}) {
        CAPTURE(to);
        CHECK(failure_of([&] { (void)redirected("http://h/", to); }).starts_with("-7: redirected to what is"));
    }
}

TEST_CASE("Servers are the same by scheme, host and port") {
    CHECK(is_same_server("http://h/a", "http://H:80/b"));
    CHECK(is_same_server("https://h", "https://h:443"));
    CHECK_FALSE(is_same_server("http://h", "https://h"));
    CHECK_FALSE(is_same_server("http://h", "http://h:81"));
    CHECK_FALSE(is_same_server("http://h", "http://h.example"));
    CHECK_FALSE(is_same_server("http://h", "not a url"));
}

TEST_CASE("Another server is told only of headers that give nobody away") {
    CHECK(is_for_anyone("Accept"));
    CHECK(is_for_anyone("traceparent"));
    CHECK_FALSE(is_for_anyone("Authorization"));
    CHECK_FALSE(is_for_anyone("Cookie"));
    CHECK_FALSE(is_for_anyone("X-Api-Key"));
}

TEST_CASE("A URL is shown without who asks and without its query") {
    CHECK(shown("http://user:secret@h/p?token=x") == "http://h/p");
    CHECK(shown("http://h/p@q") == "http://h/p@q");
    CHECK(shown("http://a@b@h/p#f") == "http://h/p");
    CHECK(shown("https://h") == "https://h");
    CHECK(shown("https://u@h?x=@") == "https://h");
}
