// Paths and queries out of what a client sends.

#include "target.hh"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "text.hh"

using namespace flowrun::http;

namespace {

// "path | name=value & …", or "no".
std::string read(std::string_view text) {
    const auto target = target_of(text);
    if (!target) return "no";
    std::string out = target->path + " |";
    for (const auto& [name, value] : target->query) out += " " + name + "=" + value;
    return out;
}

}  // namespace

TEST_CASE("A target gives its path and query, decoded") {
    CHECK(read("/") == "/ |");
    CHECK(read("/a/b") == "/a/b |");
    CHECK(read("/a%2fb%2Fc") == "/a/b/c |");
    CHECK(read("/caf%C3%A9") == "/caf\xC3\xA9 |");
    CHECK(read("/a+b") == "/a+b |");
    CHECK(read("/?a=1&b=2") == "/ | a=1 b=2");
    CHECK(read("/?a=1;b=2") == "/ | a=1;b=2");
    CHECK(read("/?a=b+c%2B") == "/ | a=b c+");
    CHECK(read("/?a") == "/ | a=");
    CHECK(read("/?a==b") == "/ | a==b");
    CHECK(read("/?=b") == "/ | =b");
    CHECK(read("/??") == "/ | ?=");
    CHECK(read("/?&&a=1&") == "/ | a=1");
    CHECK(read("/?a=1&a=2") == "/ | a=1 a=2");
    CHECK(read("/a#b?c") == "/a |");
    CHECK(read("*") == "* |");
}

TEST_CASE("An absolute target is read from behind its host") {
    CHECK(read("http://h/a?b=c") == "/a | b=c");
    CHECK(read("http://h:80") == "/ |");
    CHECK(read("https://h?b=c") == "/ | b=c");
    CHECK(read("HTTP://user@h/../x") == "/../x |");
}

TEST_CASE("What is no target is refused") {
    for (const std::string_view text :
         {"", "a", "a/b", "h:80", "://", "?a=1", "%2f", "/%", "/%4", "/%4g", "/%g4", "/%%41", "/%00", "/?a=%00", "/%ff",
          "/?%80=1", "/?a=%C3", "/%ED%A0%80", "/?a=%F8%80%80%80%80"}) {
        INFO(text);
        if (text == "://") CHECK(read(text) == "/ |");  // no scheme and no host: its path is empty
        else CHECK(read(text) == "no");
    }
}

TEST_CASE("A pattern stands for one path, or for all below it") {
    CHECK(matches("/a", "/a"));
    CHECK(!matches("/a", "/a/"));
    CHECK(!matches("/a", "/ab"));
    CHECK(!matches("/a", "/"));
    CHECK(matches("/a/*", "/a"));
    CHECK(matches("/a/*", "/a/"));
    CHECK(matches("/a/*", "/a/b/c"));
    CHECK(!matches("/a/*", "/ab"));
    CHECK(matches("/*", "/anything"));
    CHECK(matches("/*", "/"));
}

TEST_CASE("A media type is JSON or it is not") {
    for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "text/json",
                             "application/problem+json", " application/json ;x"}) {
        CHECK(is_json(type));
    }
    for (const char* type :
         {"", "+json", "json", "application/jsonl", "text/plain", "application/json+xml", ";application/json"}) {
        CHECK(!is_json(type));
    }
}

TEST_CASE("Names and values of headers hold nothing that ends them") {
    CHECK(is_token("X-A_b.1"));
    for (const std::string_view bad :
         {std::string_view(""), std::string_view("a b"), std::string_view("a:"), std::string_view("a\r"),
          std::string_view("\xC3\xA9"), std::string_view("a\0", 2)}) {
        CHECK(!is_token(bad));
    }
    CHECK(is_field_value("any \t text, \xC3\xA9 too"));
    CHECK(is_field_value(""));
    for (const std::string_view bad : {std::string_view("a\r\nb"), std::string_view("a\nb"),
                                       std::string_view("a\0b", 3), std::string_view("\x7f")}) {
        CHECK(!is_field_value(bad));
    }
}
