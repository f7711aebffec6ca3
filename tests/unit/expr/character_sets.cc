// decode and encode.

#include <catch2/catch.hpp>

#include "evaluated.hh"
#include "expr/character_set.hh"

using namespace flowrun::expr;
using namespace std::string_view_literals;

TEST_CASE("Texts of other character sets are decoded, and encoded again") {
    struct Case {
        const char* name;
        std::string_view bytes, text;
    };
    for (const Case& one : {Case{"latin1", "caf\xe9"sv, "café"sv}, Case{"windows-1252", "\x80 5"sv, "€ 5"sv},
                            Case{"utf-16le", "a\0\xac\x20"sv, "a€"sv}, Case{"utf-16be", "\0a\x20\xac"sv, "a€"sv},
                            Case{"utf-8", "é"sv, "é"sv}, Case{"latin1", ""sv, ""sv}}) {
        INFO(one.name);
        CHECK(recoded(one.bytes, one.name, "UTF-8").value_or("failed") == one.text);
        CHECK(recoded(one.text, "UTF-8", one.name).value_or("failed") == one.bytes);
    }
    CHECK(recoded("\xff\xfe"
                  "a\0"sv,
                  "utf-16", "UTF-8")
              .value_or("failed") == "a");
    CHECK(recoded("\xfe\xff"
                  "\0a"sv,
                  "utf-16", "UTF-8")
              .value_or("failed") == "a");
    const std::string long_text(100'000, 'x');
    CHECK(recoded(long_text, "latin1", "UTF-8").value_or("failed") == long_text);
}

TEST_CASE("What fits no character set is told with its place, and a name that is none") {
    CHECK(recoded("a\xf9\x84\xb9\xb9\xb9", "utf-8", "UTF-8").error() ==
          "byte 1 of what it makes is no UTF-8: it does not fit utf-8");
    CHECK(recoded("ab\xff", "utf-8", "UTF-8").error() == "byte 2 does not fit utf-8");
    CHECK(recoded("\xdc\0"sv, "utf-16be", "UTF-8").error() == "byte 0 does not fit utf-16be");
    CHECK(recoded("a€", "UTF-8", "latin1").error() == "byte 1 does not fit latin1");
    for (const char* name : {"", "klingon", "latin1//TRANSLIT", "utf-8,", "../x"}) {
        CHECK_FALSE(recoded("a", name, "UTF-8").has_value());
        CHECK(recoded("a", "UTF-8", name).error().find("iconv -l") != std::string::npos);
    }
}
