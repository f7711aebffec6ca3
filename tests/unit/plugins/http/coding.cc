#include "coding.hh"

#include <string>

#include <catch2/catch.hpp>

#include "formats/packing.hh"

using namespace flowrun::http;
namespace formats = flowrun::formats;

namespace {

constexpr std::uint64_t much = std::uint64_t{64} << 20;

std::string packed(formats::Packer& packer, std::string_view text) {
    std::string out;
    packer.pack(text, out);
    packer.finish(out);
    return out;
}
std::string gzipped(std::string_view text) { return packed(*formats::gzip_packer(0), text); }
std::string with_zstd(std::string_view text) { return packed(*formats::zstd_packer(0), text); }
// The same data with the frame of zlib: gzip's header is ten bytes, its trailer eight.
std::string raw_deflated(std::string_view text) {
    const std::string whole = gzipped(text);
    return whole.substr(10, whole.size() - 18);
}

std::string text_of(std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) text += "line " + std::to_string(i * i) + "\n";
    return text;
}

Undecoded decoded(std::string body, std::string_view how, std::string& out, std::uint64_t most = much) {
    const auto codings = codings_of(how);
    REQUIRE(codings);
    const Undecoded wrong = decode(body, *codings, most);
    out = body;
    return wrong;
}

}  // namespace

TEST_CASE("a content encoding is a list of codings in the order in which they were applied") {
    CHECK(codings_of("")->empty());
    CHECK(codings_of("identity")->empty());
    CHECK(*codings_of("GZip") == std::vector{Coding::gzip});
    CHECK(*codings_of("x-gzip, ,deflate ,\tzstd") == std::vector{Coding::gzip, Coding::deflate, Coding::zstd});
}

TEST_CASE("a coding that is not understood, or a long list of them, is no list") {
    CHECK_FALSE(codings_of("br"));
    CHECK_FALSE(codings_of("gzip, br"));
    CHECK_FALSE(codings_of("gzip gzip"));
    CHECK_FALSE(codings_of("gzip,gzip,gzip,gzip,gzip"));
}

TEST_CASE("a body is decoded by each coding that it was given") {
    const std::string text = text_of(20'000);
    std::string out;
    CHECK(decoded(gzipped(text), "gzip", out) == Undecoded::none);
    CHECK(out == text);
    CHECK(decoded(with_zstd(text), "zstd", out) == Undecoded::none);
    CHECK(out == text);
    CHECK(decoded(raw_deflated(text), "deflate", out) == Undecoded::none);
    CHECK(out == text);
    CHECK(decoded(with_zstd(gzipped(text)), "gzip, zstd", out) == Undecoded::none);
    CHECK(out == text);
    CHECK(decoded(gzipped(text) + gzipped("more"), "gzip", out) == Undecoded::none);
    CHECK(out == text + "more");
}

TEST_CASE("deflate with the header of zlib is decoded too") {
    // zlib's of "hello hello hello"
    const std::string body("\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00\x3a\x2e\x06\x7d", 16);
    std::string out;
    CHECK(decoded(body, "deflate", out) == Undecoded::none);
    CHECK(out == "hello hello hello");
}

TEST_CASE("a body that is cut anywhere is never whole") {
    const std::string text = text_of(300);
    for (const auto& [how, whole] : {std::pair{"gzip", gzipped(text)}, std::pair{"zstd", with_zstd(text)},
                                     std::pair{"deflate", raw_deflated(text)}}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            std::string out;
            INFO(how << " cut after " << size);
            CHECK(decoded(whole.substr(0, size), how, out) != Undecoded::none);
        }
    }
}

TEST_CASE("what is damaged or followed by something else is damaged") {
    std::string out, whole = gzipped("hello");
    CHECK(decoded(whole + "rubbish", "gzip", out) == Undecoded::damaged);
    CHECK(decoded(raw_deflated("hello") + "rubbish", "deflate", out) == Undecoded::damaged);
    CHECK(decoded("hello", "gzip", out) == Undecoded::damaged);
    whole[whole.size() - 6] = static_cast<char>(~whole[whole.size() - 6]);  // of its checksum
    CHECK(decoded(whole, "gzip", out) == Undecoded::damaged);
}

TEST_CASE("a bomb is not decoded beyond the bound") {
    const std::string zeros(std::size_t{8} << 20, '\0');
    std::string out;
    CHECK(decoded(gzipped(zeros), "gzip", out, zeros.size()) == Undecoded::none);
    CHECK(decoded(gzipped(zeros), "gzip", out, zeros.size() - 1) == Undecoded::too_large);
    CHECK(decoded(with_zstd(zeros), "zstd", out, 1000) == Undecoded::too_large);
    CHECK(decoded(gzipped(gzipped(zeros)), "gzip, gzip", out, 100'000) == Undecoded::too_large);
}
