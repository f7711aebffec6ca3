#include "base/secrets.hh"

#include <catch2/catch.hpp>

#include <string>

using flowrun::Secrets;

namespace {

std::string masked(const std::string& secret, const std::string& text) {
    Secrets secrets;
    secrets.add(secret);
    return secrets.masked(text);
}

}  // namespace

TEST_CASE("a secret is masked wherever it stands in a text") {
    CHECK(masked("hunter2", "hunter2") == "***");
    CHECK(masked("hunter2", "got hunter2, not hunter22") == "got ***, not ***2");
    CHECK(masked("hunter2", "Hunter2") == "Hunter2");
    CHECK(masked("hunter2", "") == "");
}

TEST_CASE("a secret is masked as JSON, URLs and forms write it") {
    CHECK(masked("a\"b\\c\nd", R"({"x":"a\"b\\c\nd"})") == R"({"x":"***"})");
    CHECK(masked("p&ss w/rd", "http://h/?k=p%26ss%20w%2Frd&x") == "http://h/?k=***&x");
    CHECK(masked("p&ss w/rd", "http://h/?k=p%26ss%20w%2frd&x") == "http://h/?k=***&x");
    CHECK(masked("p&ss w/rd", "k=p%26ss+w%2Frd&x") == "k=***&x");
    CHECK(masked("it's (so)!", "it's%20(so)!") == "***");
    CHECK(masked("sch\xC3\xB6n", "sch%C3%B6n") == "***");
}

TEST_CASE("a secret is masked as JSON writes it with \\u, and as JSON within JSON") {
    CHECK(masked("p&s<s>'", R"("p\u0026s\u003cs\u003E\u0027")") == R"("***")");
    CHECK(masked("sch\xC3\xB6n \xF0\x9F\x94\x91", R"(sch\u00f6n \ud83d\uDD11)") == "***");
    CHECK(masked("a/b\"c", R"(a\/b\"c)") == "***");
    CHECK(masked("a\"b\\c\nd", R"({\"x\":\"a\\\"b\\\\c\\nd\"})") == R"({\"x\":\"***\"})");
    CHECK(masked("p&ss", R"(p\\u0026ss)") == "***");
    CHECK(masked(R"(a\b\u)", R"(\u0061\u005c\u0062\u005C\u0075)") == "***");
    CHECK(masked(R"(a\bcd)", R"(a\x5cbcd a\134bcd)") == "*** ***");
    CHECK(masked("plain", R"(\u0070\u006c\u0061\u0069\u006e)") == "***");
    CHECK(masked("p&ss", R"(p\u0027ss)") == R"(p\u0027ss)");
}

TEST_CASE("a secret is masked as HTML and XML write it") {
    CHECK(masked("a&b<c>\"d'", "x a&amp;b&lt;c&gt;&quot;d&#39; y") == "x *** y");
    CHECK(masked("a&b<c>\"d'", "a&#38;b&#x3C;c&#x3e;&#034;d&apos;") == "***");
    CHECK(masked("a&b'c", "a&amp;amp;b&amp;#39;c") == "***");
    CHECK(masked("sch\xC3\xB6n", "sch&#246;n") == "***");
    CHECK(masked("a&bcd", "a&lt;bcd") == "a&lt;bcd");
}

TEST_CASE("a secret is masked as shells and other languages quote it") {
    CHECK(masked("it's so", R"('it'\''s so')") == "'***'");
    CHECK(masked("it's so", R"('it'"'"'s so')") == "'***'");
    CHECK(masked("it's $o", R"(it\'s\ \$o)") == "***");
    CHECK(masked("sch\xC3\xB6n\n", R"($'sch\303\266n\n')") == "$'***'");
    CHECK(masked("sch\xC3\xB6n", R"(b'sch\xc3\xb6n')") == "b'***'");
    CHECK(masked("hunter2", "68756e74657232 68756E74657232") == "*** ***");
}

TEST_CASE("a secret is masked as URLs write parts of it, once and twice") {
    CHECK(masked("p&ss/w rd", "p%26ss/w%20rd") == "***");
    CHECK(masked("p&ss/w rd", "p&ss%2Fw+rd") == "***");
    CHECK(masked("p&ss/w", "p%2526ss%252Fw") == "***");
    CHECK(masked("50%25x", "50%2525x 50%25x 50%252525x") == "*** *** ***");
}

TEST_CASE("hostile texts take no time to search") {
    const std::string slashes(200'000, '\\'), percents(200'000, '%');
    CHECK(masked("\\\\\\\\x", slashes).size() == slashes.size());
    CHECK(masked("%%%%x", percents) == percents);
    std::string amps;
    for (int i = 0; i < 20'000; ++i) amps += "&amp;amp;amp;";
    CHECK(masked("&&&&x", amps) == amps);
}

TEST_CASE("secrets that overlap are masked as one") {
    Secrets secrets;
    secrets.add("abcdXYZ");
    secrets.add("XYZ12345");
    CHECK(secrets.masked("<abcdXYZ12345>") == "<***>");
}

TEST_CASE("a secret is masked as it is shown to people") {
    CHECK(masked("a\x1b[1m\u202e!\tz", "x a\\x1b[1m\\u202e!\\tz y") == "x *** y");
    CHECK(masked("\u009b secret", R"({"x":"\u009b secret"})") == R"({"x":"***"})");
}

TEST_CASE("a secret is masked in base64, alone and as a part of what was encoded") {
    CHECK(masked("hunter2", "aHVudGVyMg==") == "***==");
    CHECK(masked("hunter2", "Authorization: Basic dXNlcjpodW50ZXIy") == "Authorization: Basic dXNlcj***");
    // What stands beside it and shares some of its bits goes with it.
    CHECK(masked("hunter2", "eGh1bnRlcjJ5") == "e***5");
    CHECK(masked("hunter2", "eHlodW50ZXIy") == "eH***");
    CHECK(masked("hunter2", "x eGh1bnRlcjI= x") == "x e***= x");
    CHECK(masked("a?>b?>c", "YT8-Yj8-Yw") == "***");
    CHECK(masked("a?>b?>c", "YT8+Yj8+Yw==") == "***==");
}

TEST_CASE("the lines of a secret of several lines are masked each") {
    const std::string key = "-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n";
    CHECK(masked(key, "x " + key + "y") == "x ***y");
    CHECK(masked(key, "line 2: MIIEvQIBADAN!") == "line 2: ***!");
    CHECK(masked("abc\nx", "abc, x") == "abc, x");
}

TEST_CASE("what is too short to be told from other text is left alone") {
    CHECK(masked("abc", "abc") == "abc");
    CHECK(masked("", "abc") == "abc");
    Secrets none;
    CHECK_FALSE(none.any());
    none.add("abc");
    CHECK_FALSE(none.any());
    none.add("abcd");
    CHECK(none.any());
}

TEST_CASE("of secrets that hold one another the longest is masked whole") {
    Secrets secrets;
    secrets.add("token");
    secrets.add("token-12345");
    CHECK(secrets.masked("token-12345 token") == "*** ***");
}
