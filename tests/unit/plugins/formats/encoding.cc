// Text in other character sets than UTF-8: read, and written.

#include <catch2/catch.hpp>

#include <algorithm>

#include "formats/encoding.hh"

using namespace flowrun;
using namespace std::string_view_literals;
using formats::Encoding;
using formats::Source;

namespace {

// Gives its bytes in pieces of a size.
class Pieces final : public Source {
public:
    Pieces(std::string_view text, std::size_t size) : left_(text), size_(size) {}
    Read read(sdk::Call, char* to, std::size_t room) override {
        const std::size_t n = std::min({size_, room, left_.size()});
        if (n == 0) return {.what = More::end};
        std::copy_n(left_.data(), n, to);
        left_.remove_prefix(n);
        return {.what = More::data, .size = n};
    }

private:
    std::string_view left_;
    std::size_t size_;
};

std::string read(std::string_view bytes, const std::string& name, std::size_t piece, bool replace = false) {
    Pieces pieces(bytes, piece);
    const Encoding encoding{.name = name, .replace = replace};
    const auto source = formats::decoded(pieces, encoding);
    std::string out;
    char block[64];
    for (;;) {
        const Source::Read got = source->read(sdk::Call(nullptr, nullptr), block, sizeof block);
        if (got.what != Source::More::data) return out;
        out.append(block, got.size);
    }
}

}  // namespace

TEST_CASE("Text is decoded, wherever it is cut") {
    std::string many, wanted;
    for (int i = 0; i < 100'000; ++i) {
        many += "\xe9";
        wanted += "é";
    }
    CHECK(read(many, "latin1", 1000) == wanted);
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 1000U}) {
        CHECK(read("caf\xe9\n"sv, "latin1", piece) == "café\n");
        CHECK(read("\x80"sv, "windows-1252", piece) == "€");
        CHECK(read("\xff\xfe"
                   "a\0\n\0\x3d\xd8\x00\xde"sv,
                   "utf-16", piece) == "a\n😀");
        CHECK(read("\xfe\xff"
                   "\0a\xd8\x3d\xde\x00"sv,
                   "utf-16", piece) == "a😀");
        CHECK(read("\x82\xa0\x82"sv, "shift_jis", piece) == "あ\xff");
        CHECK(read("é\xff"
                   "a"sv,
                   "utf-8", piece) ==
              "é\xff"
              "a");
        CHECK(read("é\xff"
                   "a\xc3"sv,
                   "utf-8", piece, true) ==
              "é\uFFFD"
              "a\uFFFD");
        CHECK(read("a\0\x00\xd8"
                   "b\0c"sv,
                   "utf-16le", piece) ==
              "a\xff"
              "b\xff");
        CHECK(read("", "utf-16", piece).empty());
    }
}

TEST_CASE("What iconv takes for a character and UTF-8 has not does not fit") {
    for (const std::size_t piece : {1U, 3U, 100U}) {
        CHECK(read("a\xf9\x84\xb9\xb9\xb9z"sv, "utf-8", piece, true) == "a\xEF\xBF\xBDz");
        CHECK(read("a\xf9\x84\xb9\xb9\xb9z"sv, "utf-8", piece) == "a\xffz");
        CHECK(read("\x7f\xff\xff\xff\0\0\0z"sv, "ucs-4", piece, true) == "\xEF\xBF\xBDz");
        CHECK(read("\xf4\x8f\xbf\xbf\xed\x9f\xbf"sv, "utf-8", piece, true) == "\xf4\x8f\xbf\xbf\xed\x9f\xbf");
    }
    CHECK(Encoding{.name = "utf-8"}.decoded("a\xf9\x84\xb9\xb9\xb9z") == "a\xEF\xBF\xBDz");
}

TEST_CASE("What is no text and what is no character set never stops the decoder") {
    unsigned seed = 1;
    for (const char* name :
         {"utf-8", "utf-16", "utf-32", "shift_jis", "iso-2022-jp", "gb18030", "utf-7", "windows-1252"}) {
        for (int i = 0; i < 50; ++i) {
            std::string bytes;
            for (int n = 0; n < 300; ++n) bytes.push_back(static_cast<char>((seed = seed * 1103515245 + 12345) >> 16U));
            CHECK(read(bytes, name, 7) == read(bytes, name, 300));
        }
    }
}
