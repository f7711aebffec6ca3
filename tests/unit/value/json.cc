// Reading and writing JSON: what is accepted, what it becomes, what is said of the rest.
#include "value/json.hh"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <string_view>

#include "value/value.hh"

using namespace flowrun::value;
using namespace std::literals;

namespace {

// The error's message; fails the test when the text is accepted.
JsonError error_of(std::string_view text) {
    Reader reader;
    const auto read = reader.read(text);
    INFO(text);
    REQUIRE_FALSE(read);
    return read.error();
}

Kind kind_of(std::string_view text) {
    Reader reader;
    const auto read = reader.read(text);
    INFO(text);
    REQUIRE(read);
    return (*read)->kind;
}

std::string rewritten(std::string_view text) {
    Reader reader;
    const auto read = reader.read(text);
    INFO(text << ": " << (read ? "" : read.error().message));
    REQUIRE(read);
    return to_json(**read);
}

std::string doubled(double d) {
    std::string out;
    write_double(d, out);
    return out;
}

}  // namespace

TEST_CASE("an order is read into nodes that point into its text") {
    const auto text = R"({"id":7,"paid":true,"items":[{"sku":"A","price":1.50},null],"note":"a\nb"})"s;
    Reader reader;
    const auto read = reader.read(text);
    REQUIRE(read);
    const Node& order = **read;
    REQUIRE(order.is(Kind::map));
    CHECK(order.count == 4);
    CHECK(order.height == 3);
    CHECK(order.json_text() == text);
    CHECK(order.member("id")->as_int() == 7);
    CHECK(order.member("paid")->as_bool() == true);
    const Node* items = order.member("items");
    REQUIRE(items);
    CHECK(items->count == 2);
    CHECK(items->at(0)->member("price")->as_double() == 1.5);
    CHECK(items->at(0)->member("price")->json_text() == "1.50");
    CHECK(items->at(1)->is(Kind::null));
    CHECK(items->at(2) == nullptr);
    CHECK(order.member("note")->as_string() == "a\nb");
    CHECK(order.member("absent") == nullptr);
    CHECK(items->at(0)->member("sku")->text > text.data());
    CHECK(items->at(0)->member("sku")->text < text.data() + text.size());
    CHECK(to_json(order) == text);
}

TEST_CASE("numbers keep their text and get the kind that holds them exactly") {
    CHECK(kind_of("0") == Kind::integer);
    CHECK(kind_of("-0") == Kind::integer);
    CHECK(kind_of("9223372036854775807") == Kind::integer);
    CHECK(kind_of("9223372036854775808") == Kind::unsigned_);
    CHECK(kind_of("9999999999999999999") == Kind::unsigned_);
    CHECK(kind_of("10000000000000000000") == Kind::unsigned_);
    CHECK(kind_of("18446744073709551615") == Kind::unsigned_);
    CHECK(kind_of("18446744073709551616") == Kind::number);
    CHECK(kind_of("99999999999999999999") == Kind::number);
    CHECK(kind_of("100000000000000000000") == Kind::number);
    CHECK(kind_of("-9223372036854775808") == Kind::integer);
    CHECK(kind_of("-9223372036854775809") == Kind::number);
    CHECK(kind_of("-18446744073709551615") == Kind::number);
    CHECK(kind_of("0.0") == Kind::real);
    CHECK(kind_of("-0.0") == Kind::real);
    CHECK(kind_of("0e5") == Kind::real);
    CHECK(kind_of("0e-99999999999999999999") == Kind::real);
    CHECK(kind_of("1e308") == Kind::real);
    CHECK(kind_of("1.7976931348623157e308") == Kind::real);
    CHECK(kind_of("1.7976931348623159e308") == Kind::number);
    CHECK(kind_of("1e400") == Kind::number);
    CHECK(kind_of("-1e400") == Kind::number);
    CHECK(kind_of("1e99999999999999999999") == Kind::number);
    CHECK(kind_of("5e-324") == Kind::real);
    CHECK(kind_of("2.4703282292062328e-324") == Kind::real);
    CHECK(kind_of("2.4703282292062327e-324") == Kind::number);
    CHECK(kind_of("0.1e-400") == Kind::number);
    CHECK(kind_of(std::string(400, '9') + ".5") == Kind::number);
    CHECK(kind_of(std::string(300, '9') + ".5") == Kind::real);
    CHECK(kind_of(std::string(309, '9') + ".5") == Kind::number);
    CHECK(kind_of("0." + std::string(330, '0') + "1") == Kind::number);
    CHECK(kind_of("0." + std::string(400, '0') + "1") == Kind::number);
    CHECK(kind_of("0." + std::string(400, '0')) == Kind::real);
    CHECK(kind_of("0." + std::string(400, '0') + "1e400") == Kind::real);
    CHECK(kind_of("1" + std::string(400, '0') + "e-400") == Kind::real);
    for (const auto text :
         {"-0", "9007199254740993", "1e400", "1.0", "-0.0", "1E+02", "18446744073709551616", "1.10"}) {
        CHECK(rewritten(text) == text);
        CHECK(rewritten("["s + text + "]") == "["s + text + "]");
    }
}

TEST_CASE("numbers are read exactly or not at all") {
    const auto n = [](std::string_view text) { return parse(text).value(); };
    CHECK(n("9007199254740993")->as_int() == 9007199254740993);
    CHECK(n("-9223372036854775808")->as_int() == std::numeric_limits<std::int64_t>::min());
    CHECK(n("18446744073709551615")->as_uint() == std::numeric_limits<std::uint64_t>::max());
    CHECK_FALSE(n("18446744073709551615")->as_int());
    CHECK(n("7")->as_uint() == 7U);
    CHECK_FALSE(n("-7")->as_uint());
    CHECK(n("-0")->as_int() == 0);
    CHECK(n("-0")->as_uint() == 0U);
    CHECK(n("0.1")->as_double() == 0.1);
    CHECK(n("7")->as_double() == 7.0);
    CHECK(n("18446744073709551615")->as_double() == 0x1p64);
    CHECK(n("9007199254740993")->as_double() == 9007199254740992.0);
    CHECK_FALSE(n("1.0")->as_int());
    CHECK_FALSE(n("1e400")->as_double());
    CHECK_FALSE(n("18446744073709551616")->as_double());
    CHECK_FALSE(n("\"1\"")->as_int());
    CHECK_FALSE(n("1")->as_bool());
    CHECK_FALSE(n("1")->as_string());
}

TEST_CASE("what is wrong is said, with its place") {
    const auto says = [](std::string_view text, std::size_t offset, std::string_view message) {
        const JsonError error = error_of(text);
        INFO(text);
        CHECK(error.message == message);
        CHECK(error.offset == offset);
    };
    says("", 0, "text is empty: expected a value");
    says(" \n\t\r ", 0, "text is empty: expected a value");
    says("{\"a\":1 \"b\":2}", 7, "expected ',' or '}' after a value");
    says("[1 2]", 3, "expected ',' or ']' after a value");
    says("[1}", 2, "expected ',' or ']' after a value");
    says("{\"a\":1]", 6, "expected ',' or '}' after a value");
    says("\"abc", 0, "string is not ended");
    says("[\"abc]", 1, "string is not ended");
    says("\"\\nabc", 0, "string is not ended");
    says("\"\\nabc and more than sixteen bytes", 0, "string is not ended");
    says("\"\\n", 0, "string is not ended");
    says("\"\\", 1, "string is not ended");
    says("\"\\n\xFF\"", 3, "not valid UTF-8");
    says("\"\\n\n\"", 3, "line break in a string: write it as \\n or \\r, or end the string");
    says("{\"a\":[1,2}", 9, "expected ',' or ']' after a value");
    says("{\"a\":1", 6, "text ends within a map");
    says("[1,", 3, "text ends where a value should stand");
    says("{\"a\":{}", 7, "text ends within a map");
    says("[[]", 3, "text ends within a list");
    says("\"a\nb\"", 2, "line break in a string: write it as \\n or \\r, or end the string");
    says("\"a\tb\"", 2, "tab in a string: write it as \\t");
    says("\"a\001b\"", 2, "control character in a string: write it as \\u00XX");
    says("\"a\0b\""sv, 2, "control character in a string: write it as \\u00XX");
    says("\"\xC3\"", 1, "not valid UTF-8");
    says("[\"ok\",\"\xFF\"]", 7, "not valid UTF-8");
    says("012", 0, "number with a leading zero");
    says("-012", 0, "number with a leading zero");
    says("1.", 0, "number needs a digit behind its decimal point");
    says("[1.]", 1, "number needs a digit behind its decimal point");
    says("1e", 0, "number needs a digit in its exponent");
    says("1e+", 0, "number needs a digit in its exponent");
    says("-", 0, "number needs a digit behind its minus sign");
    says("-Infinity", 0, "Infinity is not JSON");
    says("NaN", 0, "NaN is not JSON: use null");
    says("{\"a\":nan}", 5, "NaN is not JSON: use null");
    says(".5", 0, "number needs a digit before its decimal point");
    says("+1", 0, "number with a leading '+'");
    says("{'a':1}", 1, "keys stand in double quotes");
    says("['a']", 1, "strings stand in double quotes");
    says("[1,]", 3, "expected a value here");
    says("{\"a\":1,}", 7, "expected a key after ','");
    says("{\"a\" 1}", 5, "expected ':' after a key");
    says("{1:2}", 1, "expected a key in double quotes");
    says("// x\n1", 0, "JSON has no comments");
    says("\xEF\xBB\xBF{}", 0, "byte order mark: JSON text begins without one");
    says("tru", 0, "expected a value: the words are true, false and null");
    says("[True]", 1, "expected a value: the words are true, false and null");
    says("{} {}", 3, "more text after the value");
    says("1 2", 2, "more text after the value");
    says("nullx", 4, "more text after the value");
    says("{}\0"sv, 2, "more text after the value");
    says("\"\\x\"", 1, "no such escape: there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
    says("\"\\u12G4\"", 1, "\\u needs four hexadecimal digits");
    says("\"\\ud800\"", 1, "half of a surrogate pair: \\uD800 to \\uDBFF must be followed by \\uDC00 to \\uDFFF");
}

TEST_CASE("escapes are undone, and half surrogates refused") {
    CHECK(parse(R"("\"\\\/\b\f\n\r\t")").value()->as_string() == "\"\\/\b\f\n\r\t");
    CHECK(parse(R"("\u0041\u00e9\u20AC\ud83d\ude00")").value()->as_string() == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK(parse(R"("a\u0000b")").value()->as_string() == "a\0b"sv);
    CHECK(parse(R"("\uDBFF\uDFFF")").value()->as_string() == "\xF4\x8F\xBF\xBF");
    for (const auto text :
         {R"("\udc00")", R"("\ud800x")", R"("\ud800\n")", R"("\ud800\u0041")", R"("\ud800\ud800")", R"("\ud800\udbff")",
          R"("\udfff\ud800")", R"("\u")", R"("\u00")", R"("\u00)", R"("\)", R"("\ud800\u)", R"("\ud800\udc0)"}) {
        error_of(text);
    }
}

TEST_CASE("lists and maps may be 512 deep and no deeper") {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    CHECK(rewritten(nested(512)) == nested(512));
    CHECK(error_of(nested(513)).message == "more than 512 lists and maps in one another"s);
    CHECK(error_of(nested(513)).offset == 512);
    CHECK(error_of(std::string(1000000, '[')).offset == 512);
    CHECK(parse(nested(512)).value()->height == 512);
}

TEST_CASE("a text with line breaks between its tokens is written on one line") {
    CHECK(rewritten("{\n  \"a\": [1,\r\n 2],\n  \"b\": { \"c\": \"x\\ny\" }\n}\n") ==
          R"({"a":[1,2],"b":{ "c": "x\ny" }})");
    CHECK(rewritten("{ \"a\" : 1 }\r\n") == "{ \"a\" : 1 }");
    CHECK(rewritten("\n[1]\n") == "[1]");
    for (std::size_t n = 0; n < 50; ++n) {
        CHECK(rewritten("[1," + std::string(n, ' ') + "\n" + std::string(50 - n, ' ') + "2]") == "[1,2]");
        CHECK(rewritten("[" + std::string(n, ' ') + "\r" + std::string(n, '\t') + "]") == "[]");
        CHECK(rewritten("[[" + std::string(n, ' ') + "]," + std::string(n, '\n') + " 2]") ==
              (n == 0 ? "[[], 2]" : "[[" + std::string(n, ' ') + "],2]"));
    }
    CHECK(rewritten("[[1],\n[2 , 3]]") == "[[1],[2 , 3]]");
    CHECK(rewritten("[[1],[2,3]\n]") == "[[1],[2,3]]");
}

TEST_CASE("of duplicate keys the first wins and all are visited") {
    const auto map = parse(R"({"a":1,"a":2})").value();
    CHECK(map->member("a")->as_int() == 1);
    int sum = 0;
    for (const auto [key, v] : entries(*map)) sum += static_cast<int>(*v.as_int());
    CHECK(sum == 3);
}

TEST_CASE("doubles are written in their shortest form and stay doubles") {
    CHECK(doubled(0.0) == "0.0");
    CHECK(doubled(-0.0) == "-0.0");
    CHECK(doubled(1.0) == "1.0");
    CHECK(doubled(-2.5) == "-2.5");
    CHECK(doubled(0.1) == "0.1");
    CHECK(doubled(1e15) == "1000000000000000.0");
    CHECK(doubled(9007199254740992.0) == "9007199254740992.0");
    CHECK(doubled(1e16) == "1e16");
    CHECK(doubled(1e21) == "1e21");
    CHECK(doubled(5e-324) == "5e-324");
    CHECK(doubled(1e-6) == "0.000001");
    CHECK(doubled(1.5e-7) == "1.5e-7");
    CHECK(doubled(1.7976931348623157e308) == "1.7976931348623157e308");
    CHECK(doubled(std::numeric_limits<double>::infinity()) == "null");
    CHECK(doubled(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("strings are written with what must be escaped escaped, and nothing else") {
    const auto written = [](std::string_view text) {
        std::string out;
        write_string(text, out);
        return out;
    };
    CHECK(written("") == "\"\"");
    CHECK(written("plain") == "\"plain\"");
    CHECK(written("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f") == "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    CHECK(written("\0"sv) == "\"\\u0000\"");
    CHECK(written("\xC3\xA9\xF0\x9F\x98\x80") == "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    for (std::size_t n = 0; n < 70; ++n) {
        for (std::size_t at = 0; at < n; ++at) {
            std::string text(n, 'x');
            text[at] = '\n';
            CHECK(parse(written(text)).value()->as_string() == text);
        }
    }
}

TEST_CASE("decimals read as the nearest double, however they are written") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 100000; ++round) {
        char text[64];
        const auto whole = random() >> (random() % 64);
        const auto part = random() >> (random() % 64);
        const int zeros = static_cast<int>(random() % 6);
        std::snprintf(text, sizeof text, "%s%llu.%0*llu", random() % 2 ? "-" : "",
                      static_cast<unsigned long long>(whole), zeros, static_cast<unsigned long long>(part));
        Node node;
        node.kind = Kind::real;
        node.text = text;
        node.text_size = static_cast<std::uint32_t>(std::strlen(text));
        const auto d = node.as_double();
        if (d && *d == std::strtod(text, nullptr) && std::signbit(*d) == (text[0] == '-')) continue;
        INFO(text);
        CHECK(false);
    }
}

TEST_CASE("doubles written and read are the same doubles") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 100000; ++round) {
        const auto bits = random();
        double d;
        std::memcpy(&d, &bits, sizeof d);
        if (round % 2 == 0) d = static_cast<double>(static_cast<std::int64_t>(bits >> (random() % 64))) / 1000;
        if (!std::isfinite(d)) continue;
        const std::string text = doubled(d);
        const auto read = parse(text);
        if (read && (*read)->is(Kind::real) && (*read)->as_double() == d && std::strtod(text.c_str(), nullptr) == d)
            continue;
        INFO(text);
        CHECK(false);
    }
}

TEST_CASE("bytes are written as base64") {
    const auto written = [](std::string_view data) {
        Node node;
        node.kind = Kind::bytes;
        node.text = data.data();
        node.count = static_cast<std::uint32_t>(data.size());
        return to_json(node);
    };
    CHECK(written("") == "\"\"");
    CHECK(written("f") == "\"Zg==\"");
    CHECK(written("fo") == "\"Zm8=\"");
    CHECK(written("foo") == "\"Zm9v\"");
    CHECK(written("foob") == "\"Zm9vYg==\"");
    CHECK(written("\xff\xfe\xfd\x00"sv) == "\"//79AA==\"");
}

TEST_CASE("writing appends, to whatever the string holds and has room for") {
    for (std::size_t n : {0, 1, 15, 16, 100, 5000}) {
        std::string out(n, '#');
        write(*parse(R"([1,"a\nb"])").value(), out);
        write_string("x", out);
        write_double(2, out);
        CHECK(out == std::string(n, '#') + R"([1,"a\nb"]"x"2.0)");
    }
}

TEST_CASE("valid UTF-8 is told from what is not, with its place") {
    std::size_t offset = 99;
    CHECK(valid_utf8(""));
    CHECK(valid_utf8("plain \xC3\xA9 \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF \0"sv, &offset));
    CHECK(offset == 99);
    for (const auto bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xEF\xBF",
                           "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82\x28"}) {
        for (std::size_t n = 0; n < 20; ++n) {
            INFO(n);
            CHECK_FALSE(valid_utf8(std::string(n, 'x') + bad, &offset));
            CHECK(offset == n);
        }
    }
}

TEST_CASE("a reader can be moved and used again after an error") {
    Reader a;
    CHECK_FALSE(a.read("[1,"));
    CHECK(a.read("[\"\\n\"]").value()->at(0)->as_string() == "\n");
    Reader b = std::move(a);
    CHECK(to_json(*b.read("[2]").value()) == "[2]");
    Reader c;
    c = std::move(b);
    CHECK(to_json(*c.read("[3]").value()) == "[3]");
}
