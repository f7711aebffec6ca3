#include "base/visible.hh"

#include <catch2/catch.hpp>

using namespace flowrun;

TEST_CASE("what could disturb a terminal is escaped, all else is shown as it is") {
    CHECK(visible("caf\xc3\xa9 \xe2\x82\xac \\n") == "caf\xc3\xa9 \xe2\x82\xac \\n");
    CHECK(visible("a\nb\rc\td") == "a\\nb\\rc\\td");
    CHECK(visible("\x1b[2J\x7f") == "\\x1b[2J\\x7f");
    CHECK(visible(std::string_view("\0", 1)) == "\\x00");
    CHECK(visible("\xc2\x9b"
                  "31m") == "\\u009b31m");
    CHECK(visible("\xff\xc2") == "\\xff\\xc2");
    CHECK(visible("\xc2\xa0\xf0\x9f\x98\x80\xef\xbb\xbf") == "\xc2\xa0\xf0\x9f\x98\x80\xef\xbb\xbf");
    CHECK(visible("a\n\tb\r", "\n\t") == "a\n\tb\\r");
    CHECK(visible("").empty());
}

TEST_CASE("separators of lines and marks of direction are escaped, their neighbours are not") {
    CHECK(visible("\u202e\u2028\u2029\u200e\u200f\u061c\u2066\u2069\u202a\u0080\u0085\u009f") ==
          "\\u202e\\u2028\\u2029\\u200e\\u200f\\u061c\\u2066\\u2069\\u202a\\u0080\\u0085\\u009f");
    for (const char* plain : {"\u202f", "\u2027", "\u2065", "\u206a", "\u200d", "\u2010", "\u061b", "\u00a0"}) {
        CHECK(visible(plain) == plain);
    }
}

TEST_CASE("bytes that are not UTF-8 are told one by one") {
    CHECK(visible("\xc0\x80") == "\\xc0\\x80");           // overlong
    CHECK(visible("\xe0\x80\x80") == "\\xe0\\x80\\x80");  // overlong
    CHECK(visible("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
    CHECK(visible("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
    CHECK(visible("\xe2\x82") == "\\xe2\\x82");
    CHECK(visible("\xf0\x9f\x98") == "\\xf0\\x9f\\x98");
    CHECK(visible("\xe2\x82x") == "\\xe2\\x82x");
}

TEST_CASE("what is escaped once stays as it is") {
    const std::string once = visible("\x1b\u202e\xff\n");
    CHECK(visible(once) == once);
}

TEST_CASE("a text of others becomes UTF-8 of a bounded length, and nothing else of it changes") {
    CHECK(as_utf8("caf\xe9 \x1b\n") == "caf\\xe9 \x1b\n");
    const std::string fifty(50, 'x');
    CHECK(as_utf8(fifty, 50) == fifty);
    CHECK(as_utf8(fifty, 49) == "xxxxxxxxx... (41 more bytes)");
    CHECK(as_utf8("xxxx\u00e9" + fifty, 45) == "xxxx... (52 more bytes)");
    const std::string cut = as_utf8(std::string(1 << 20, '\xff'), 100);
    CHECK(cut.size() <= 100);
    CHECK(as_utf8(cut, 100) == cut);
}
