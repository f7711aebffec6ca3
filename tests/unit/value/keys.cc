// A reader expects the keys that came before: what it makes of a text must not depend on that.
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "oracle.hh"
#include "value/json.hh"

using namespace flowrun::value;

namespace {

// Texts whose keys and lengths come back, mostly: each is like one made before.
class Texts {
public:
    std::string next() {
        if (below(8) == 0) seed_ = random_();
        shape_.seed(seed_);
        std::string text = map(0);
        for (std::size_t changes = below(12) == 0 ? 1 + below(3) : 0; changes-- > 0 && !text.empty();) {
            const std::size_t at = below(text.size());
            const std::string_view bytes = "\",:{}[] ab\\\n0\0";
            if (below(2) == 0) text[at] = bytes[below(bytes.size())];
            else text.erase(at, 1 + below(3));
        }
        return text;
    }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    std::size_t usual(std::size_t n) { return shape_() % n; }  // the same from text to text
    std::string space() { return usual(6) == 0 ? " " : usual(40) == 0 ? "\n  " : ""; }

    std::string map(unsigned depth) {
        static const char* const keys[] = {"a",
                                           "ab",
                                           "id",
                                           "name",
                                           "",
                                           "thirteen byte",
                                           "fourteen bytes",
                                           "twelve bytes",
                                           "caf\xC3\xA9",
                                           "a\\n",
                                           "\\u0061",
                                           "a rather long key of a map",
                                           "}",
                                           "a\\\""};
        std::string text = "{" + space();
        const std::size_t count = usual(6);
        for (std::size_t i = 0; i < count; ++i) {
            if (below(20) == 0) continue;
            if (text.find('"') != text.npos && text.back() != ',') text += "," + space();
            text += "\"" + std::string(keys[below(30) == 0 ? below(std::size(keys)) : usual(std::size(keys))]) + "\"";
            text += (usual(9) == 0 ? " " : "") + std::string(":") + space() + value(depth + 1);
        }
        return text + space() + "}";
    }

    std::string value(unsigned depth) {
        const std::size_t kind = usual(depth > 3 ? 3 : 5);
        if (kind == 0) return std::to_string(below(2) == 0 ? below(10) : below(1000000));
        if (kind == 1) {
            const std::string text(below(4) == 0 ? below(20) : usual(18), 'x');
            return "\"" + text + (below(8) == 0 ? "\\n" : "") + (below(60) == 0 ? "\t" : "") + "\"";
        }
        if (kind == 2) return usual(2) == 0 ? "null" : "1.5" + std::to_string(below(100));
        if (kind == 3) return map(depth);
        std::string text = "[";
        for (std::size_t n = below(3); n-- > 0;) text += (text.size() > 1 ? "," : "") + map(depth);
        return text + "]";
    }

    std::mt19937_64 random_{11}, shape_;
    std::uint64_t seed_ = 1;
};

// In memory of its own, so that a sanitizer sees a read beyond it.
class Copy {
public:
    explicit Copy(std::string_view text) : size_(text.size()), bytes_(new char[text.size()]) {
        text.copy(bytes_.get(), text.size());
    }
    std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

}  // namespace

TEST_CASE("what a reader read before changes nothing of what it reads") {
    Texts texts;
    Reader reader;
    int right = 0;
    for (int round = 0; round < 40000; ++round) {
        const std::string text = texts.next();
        const Copy copy(text);
        const auto expected = oracle::Text(text).read();
        const auto read = reader.read(copy.view());
        INFO(text);
        REQUIRE(read.has_value() == expected.has_value());
        Reader fresh;
        const auto alone = fresh.read(copy.view());
        if (read) {
            ++right;
            REQUIRE(oracle::describe(**read) == *expected);
            REQUIRE(to_json(**read) == to_json(**alone));
        } else {
            REQUIRE(read.error().offset == alone.error().offset);
            REQUIRE(std::string_view(read.error().message) == alone.error().message);
        }
    }
    CHECK(right > 30000);
    CHECK(right < 39000);
}

TEST_CASE("the known keys are compared to their last byte") {
    Reader reader;
    for (int round = 0; round < 3; ++round) {
        for (const std::string_view text :
             {R"({"name":1,"size":2})", R"({"name":1,"sizes":2})", R"({"name":1,"siz":2})", R"({"nam":1,"size":2})",
              R"({"name" :1,"size": 2})", R"({"name": 1, "size": 2})", R"({"n":{"name":1},"size":{"size":2}})"}) {
            const auto read = reader.read(text);
            REQUIRE(read);
            CHECK(oracle::describe(**read) == *oracle::Text(text).read());
        }
        for (const std::string_view text : {R"({"name"1,"size":2})", R"({"name":1,"size"=2})", R"({"name":1,"size)",
                                            R"({"name":1,"size:2})", R"({"name:1})", R"({name":1})"}) {
            CHECK_FALSE(reader.read(text));
        }
    }
}
