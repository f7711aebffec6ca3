// Base64, digests and hashes, at every length about a block's end.

#include <catch2/catch.hpp>

#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expr/base64.hh"
#include "expr/digest.hh"
#include "expr/keyed_hash.hh"
#include "expr/near.hh"
#include "expr/regex.hh"
#include "expr/text_form.hh"

using namespace flowrun::expr;

TEST_CASE("base64 is that of RFC 4648") {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        CHECK(encode_base64(plain) == coded);
        CHECK(decode_base64(coded) == plain);
    }
    CHECK(encode_base64("\xFB\xEF\xFF") == "++//");
}

TEST_CASE("base64 gives back all bytes, with padding or without") {
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
        std::string coded = encode_base64(all);
        REQUIRE(decode_base64(coded) == all);
        while (coded.ends_with('=')) coded.pop_back();
        REQUIRE(decode_base64(coded) == all);
    }
}

TEST_CASE("what is no base64 is refused") {
    for (const char* text : {"Z", "Zg=", "=", "====", "Zm9v Zm9v", "Zm9v\n", "Zg-_", "Zm=v", "Zm9vY"}) {
        CAPTURE(text);
        CHECK_FALSE(decode_base64(text));
    }
}

TEST_CASE("digests are those of their standards") {
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(md5("abc") == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
          "57edf4a22be3c955ac49da2e2107b67a");
    CHECK(md5(std::string(1'000'000, 'a')) == "7707d6ae4e027c70eea2a935c2296f21");
}

TEST_CASE("texts of every length about a block's end have digests of their own") {
    std::set<std::string> seen;
    for (std::size_t size = 0; size <= 200; ++size) {
        const std::string text(size, 'x');
        CHECK(sha256(text).size() == 64);
        CHECK(md5(text).size() == 32);
        CHECK(seen.insert(sha256(text)).second);
        CHECK(seen.insert(md5(text)).second);
    }
}

TEST_CASE("a keyed hash is the same for the same bytes and spreads the others") {
    std::set<std::uint64_t> seen;
    std::string text;
    for (int size = 0; size <= 300; ++size) {
        CHECK(keyed_hash(text) == keyed_hash(std::string(text)));
        seen.insert(keyed_hash(text));
        text += 'x';
    }
    for (int i = 0; i < 1000; ++i) seen.insert(keyed_hash(std::to_string(i)));
    CHECK(seen.size() == 301 + 1000);
    std::size_t low = 0;
    for (const std::uint64_t hash : seen) low += hash & 1;
    CHECK(low > 500);
    CHECK(low < 800);
}

TEST_CASE("a name that is close enough is meant") {
    const std::vector<std::string_view> names = {"total", "customer", "id", "items"};
    CHECK(nearest("totl", names) == "total");
    CHECK(nearest("custmoer", names) == "customer");
    CHECK(nearest("ID", names) == "id");
    CHECK(nearest("price", names).empty());
    CHECK(nearest(std::string(65, 'x'), names).empty());
    CHECK(nearest("x", {}).empty());
    CHECK(did_you_mean("item", names) == "did you mean 'items'?");
    CHECK(did_you_mean("zzzzzz", names, "there is none") == "there is none");
}

TEST_CASE("a pattern is good, or its problem is said") {
    for (const char* good : {"", "a", "^a+$", "(a|b)*", "[[:alpha:]]", "\\d{2,3}", "(?i)x", "\\pL"}) {
        CAPTURE(good);
        CHECK(pattern_problem(good).empty());
    }
    for (const char* bad : {"(", "a**", "[a", "\\", "a{2,1}", "(?<x>a", "(?=a)", "\\1", "[b-a]"}) {
        CAPTURE(bad);
        CHECK_FALSE(pattern_problem(bad).empty());
    }
}

TEST_CASE("a double is written in its shortest form") {
    CHECK(format_double(1.5) == "1.5");
    CHECK(format_double(100) == "100");
    CHECK(format_double(-0.1) == "-0.1");
    CHECK(format_double(1e21) == "1e+21");
    CHECK(format_double(0.1 + 0.2) == "0.30000000000000004");
    CHECK(format_double(std::numeric_limits<double>::infinity()) == "Infinity");
    CHECK(format_double(-std::numeric_limits<double>::infinity()) == "-Infinity");
    CHECK(format_double(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}
