// Texts made to break a reader: each is read by the oracle too, and both must say the same.
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "oracle.hh"
#include "value/json.hh"
#include "value/value.hh"

using namespace flowrun::value;
using namespace std::literals;

namespace {

// Two pages of which the second must not be touched: a text is laid against its edge, or at the beginning of the first
// behind another that must not be touched either.
class Fence {
public:
    Fence() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
        void* all = mmap(nullptr, page_ * 3, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(all != MAP_FAILED);
        all_ = static_cast<char*>(all);
        REQUIRE(mprotect(all_ + page_, page_, PROT_READ | PROT_WRITE) == 0);
    }
    Fence(const Fence&) = delete;
    Fence& operator=(const Fence&) = delete;
    ~Fence() { munmap(all_, page_ * 3); }

    std::string_view at_end(std::string_view text) { return lay(text, all_ + page_ * 2 - text.size()); }
    std::string_view at_begin(std::string_view text) { return lay(text, all_ + page_); }
    bool fits(std::string_view text) const { return text.size() <= page_; }

private:
    static std::string_view lay(std::string_view text, char* at) {
        std::memcpy(at, text.data(), text.size());
        return {at, text.size()};
    }
    std::size_t page_;
    char* all_;
};

// Reads `text` with both; true when they agree. A whole value must also survive being copied, and written and read.
class Judge {
public:
    bool agrees(std::string_view text) {
        const auto expected = oracle::Text(text).read();
        const auto laid = fence_.fits(text) ? fence_.at_end(text) : text;
        const auto read = reader_.read(laid);
        if (read.has_value() != expected.has_value()) return false;
        if (!read) return *read.error().message != '\0' && read.error().offset <= text.size();
        if (oracle::describe(**read) != *expected) return false;
        return survives(**read, *expected);
    }
    bool agrees_at_begin(std::string_view text) {
        const auto expected = oracle::Text(text).read();
        const auto read = reader_.read(fence_.at_begin(text));
        return read.has_value() == expected.has_value() && (!read || oracle::describe(**read) == *expected);
    }

private:
    bool survives(const Node& node, const std::string& expected) {
        const Value copy = Value::copy(node);
        if (oracle::describe(*copy) != expected || !equal(*copy, node)) return false;
        const std::string text = to_json(*copy);
        if (text.find('\n') != text.npos || text.find('\r') != text.npos) return false;
        const auto again = parse(text);
        return again && equal(**again, node) && to_json(**again) == text;
    }
    Fence fence_;
    Reader reader_;
};

// Bytes that malloc has handed out; always 0 under a sanitizer, whose malloc does not say.
std::size_t allocated() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// What the single mutations begin from: short, and with every kind of token and of escape.
const std::string_view samples[] = {
    R"({"id":1,"status":"paid","items":[{"sku":"SKU-5","price":-5.26e+1}],"ok":true,"no":false,"nil":null})",
    R"([0,-0,1.5,1E5,-9223372036854775808,18446744073709551615,1e400,"",[],{},[[]],{"":{}}])",
    R"({"a\u00e9\n":"\"\\\/\b\f\n\r\t\u20ac\ud83d\ude00","a long string that is over sixteen bytes":"x"})",
    "{\"caf\xC3\xA9\":\"\xE2\x82\xAC \xF0\x9F\x98\x80 D\xC3\xB6rte Garc\xC3\xAD"
    "a\",\"k\":\"\xED\x9F\xBF\xEE\x80\x80\"}",
    " {\r\n\t\"a\" : [ 1 , 2 ,\n3 ] , \"b\" :\t{ } , \"c\" : [ ]\n} \n",
    "\"a string alone, of more than thirty-two bytes\"",
    "-123.456e-7",
    "true",
    " 9007199254740993 ",
};

}  // namespace

TEST_CASE("every truncation of a text is judged as the oracle judges it") {
    Judge judge;
    for (const auto sample : samples) {
        for (std::size_t n = 0; n <= sample.size(); ++n) {
            INFO(sample.substr(0, n));
            CHECK(judge.agrees(sample.substr(0, n)));
            CHECK(judge.agrees(sample.substr(n)));
            CHECK(judge.agrees_at_begin(sample.substr(0, n)));
        }
    }
}

TEST_CASE("every change of one byte is judged as the oracle judges it") {
    Judge judge;
    for (const auto sample : samples) {
        for (std::size_t at = 0; at < sample.size(); ++at) {
            std::string text(sample);
            for (int byte = 0; byte < 256; ++byte) {
                text[at] = static_cast<char>(byte);
                if (judge.agrees(text)) continue;
                INFO(at << ": " << byte << ": " << text);
                CHECK(false);
            }
            text = std::string(sample.substr(0, at)) + std::string(sample.substr(at + 1));
            INFO(text);
            CHECK(judge.agrees(text));
        }
    }
}

TEST_CASE("random texts and their mutations are judged as the oracle judges them") {
    const std::string_view pieces[] = {"{",
                                       "}",
                                       "[",
                                       "]",
                                       ",",
                                       ":",
                                       "\"",
                                       "\\",
                                       "\\u",
                                       "\\ud83d",
                                       "\\ude00",
                                       "\\u0000",
                                       "\\n",
                                       "a",
                                       "key",
                                       " ",
                                       "\n",
                                       "\t",
                                       "\r",
                                       "true",
                                       "false",
                                       "null",
                                       "0",
                                       "1",
                                       "12",
                                       "-",
                                       ".",
                                       "e",
                                       "E",
                                       "+",
                                       "1.5",
                                       "18446744073709551616",
                                       "1e400",
                                       "9223372036854775808",
                                       "\xC3\xA9",
                                       "\xF0\x9F\x98\x80",
                                       "\x80",
                                       "\xFF",
                                       "\xC0\x80",
                                       "\xED\xA0\x80",
                                       "\0"sv,
                                       "\x1F",
                                       "\x7F",
                                       "\"x\":",
                                       "[]",
                                       "{}",
                                       "\"\"",
                                       "/",
                                       "'",
                                       "0000000000000000",
                                       "\"aaaaaaaaaaaaaaa",
                                       "aaaaaaaaaaaaaaaaaaaa"};
    std::mt19937_64 random(7);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    Judge judge;
    for (int round = 0; round < 20000; ++round) {
        std::string text(samples[below(std::size(samples))]);
        for (std::size_t changes = below(5); changes-- > 0;) {
            const std::size_t at = below(text.size() + 1);
            const std::size_t gone = below(3) == 0 ? below(text.size() - at + 1) : below(2);
            text.replace(at, std::min(gone, text.size() - at), pieces[below(std::size(pieces))]);
        }
        if (judge.agrees(text)) continue;
        INFO(text);
        CHECK(false);
    }
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (std::size_t n = below(12); n-- > 0;) text += pieces[below(std::size(pieces))];
        if (judge.agrees(text)) continue;
        INFO(text);
        CHECK(false);
    }
}

TEST_CASE("a string's end is found at every length and alignment") {
    Judge judge;
    for (std::size_t n = 0; n < 70; ++n) {
        for (const auto special : {"", "\\n", "\xC3\xA9", "\n", "\xFF", "\\", "\xC3"}) {
            for (std::size_t at = 0; at <= n; ++at) {
                const std::string body = std::string(at, 'x') + special + std::string(n - at, 'y');
                for (const auto& text :
                     {"\"" + body + "\"", "[\"" + body + "\"]", "{\"" + body + "\":1}", "[\"" + body + "]"}) {
                    if (judge.agrees(text)) continue;
                    INFO(text);
                    CHECK(false);
                }
            }
        }
    }
}

TEST_CASE("every code point and every pair of bytes in a string is judged as the oracle judges it") {
    Judge judge;
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const std::string text = {'"', static_cast<char>(a), static_cast<char>(b), '"'};
            if (judge.agrees(text)) continue;
            INFO(a << " " << b);
            CHECK(false);
        }
    }
    for (int a = 0xE0; a < 0xF8; ++a) {
        for (int b = 0x70; b < 0xD0; ++b) {
            for (const char* rest : {"\x80", "\x80\x80", "\xBF\xBF", "\x7F\x80", "\x80\xC0", ""}) {
                const std::string text = "\"" + std::string{static_cast<char>(a), static_cast<char>(b)} + rest + "\"";
                if (judge.agrees(text)) continue;
                INFO(a << " " << b);
                CHECK(false);
            }
        }
    }
    for (unsigned code = 0; code < 0x10000; code += 0x33) {
        char text[16];
        std::snprintf(text, sizeof text, "\"\\u%04X\"", code);
        CHECK(judge.agrees(text));
    }
}

TEST_CASE("numbers of every shape are judged as the oracle judges them") {
    Judge judge;
    const std::string_view wholes[] = {"",
                                       "-",
                                       "0",
                                       "-0",
                                       "00",
                                       "1",
                                       "-1",
                                       "12",
                                       "999999999999999999",
                                       "1000000000000000000",
                                       "9223372036854775806",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "-9223372036854775807",
                                       "-9223372036854775808",
                                       "-9223372036854775809",
                                       "18446744073709551614",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "-18446744073709551615",
                                       "99999999999999999999",
                                       "100000000000000000000",
                                       "+1",
                                       "0x1",
                                       "1_000",
                                       "1,0",
                                       "Infinity",
                                       "-Infinity",
                                       "NaN",
                                       "--1",
                                       "\xD9\xA1"};
    const std::string_view fractions[] = {"",   ".",   ".0", ".5", ".000000000000000000000000000000000001",
                                          "..", ".5.", ".e1"};
    const std::string_view exponents[] = {"",
                                          "e",
                                          "e0",
                                          "E-0",
                                          "e+5",
                                          "e-5",
                                          "e308",
                                          "e309",
                                          "e-324",
                                          "e-400",
                                          "e400",
                                          "e+",
                                          "e--1",
                                          "e1.5",
                                          "e00000000000000000005",
                                          "e99999999999999999999",
                                          "e-99999999999999999999",
                                          "f"};
    for (const auto whole : wholes) {
        for (const auto fraction : fractions) {
            for (const auto exponent : exponents) {
                const std::string text = std::string(whole) + std::string(fraction) + std::string(exponent);
                for (const auto& in : {text, "[" + text + "]", "{\"a\":" + text + "}", text + " ", " " + text}) {
                    if (judge.agrees(in)) continue;
                    INFO(in);
                    CHECK(false);
                }
            }
        }
    }
}

TEST_CASE("a text of many megabytes is read, and its memory is given back with the next small one") {
    std::string text = "[";
    for (int i = 0; i < 300000; ++i) text += "\"\\u00e9lan\",1,{\"a\":[]},";
    text += "\"" + std::string(8 << 20, 'x') + "\\n" + std::string(8 << 20, 'y') + "\"]";
    Reader reader;
    const auto before = allocated();
    const auto read = reader.read(text);
    REQUIRE(read);
    CHECK((*read)->count == 900001);
    CHECK((*read)->at(900000)->count == (16U << 20) + 1);
    CHECK((*read)->at(0)->as_string() == "\xC3\xA9lan");
    CHECK((*read)->at(899997)->as_string() == "\xC3\xA9lan");
    CHECK(to_json(**read) == text);
    {
        const Value kept = Value::keep(**read);
        CHECK(equal(*kept, **read));
        CHECK(to_json(*kept) == text);
    }
    CHECK(reader.read("[1]"));
    CHECK(allocated() < before + (1 << 20));
}
