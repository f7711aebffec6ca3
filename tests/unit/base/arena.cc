#include "base/arena.hh"

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using flowrun::Arena;

TEST_CASE("arena: what is handed out is aligned and does not overlap") {
    Arena arena(64);
    std::vector<std::pair<unsigned char*, std::size_t>> given;
    for (std::size_t size : {1u, 15u, 16u, 17u, 40u, 500u, 3u, 0u, 10'000u, 7u}) {
        auto* place = static_cast<unsigned char*>(arena.allocate(size));
        REQUIRE(place != nullptr);
        CHECK(reinterpret_cast<std::uintptr_t>(place) % 16 == 0);
        std::memset(place, static_cast<int>(given.size() + 1), size);
        given.emplace_back(place, size);
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
        for (std::size_t k = 0; k < given[i].second; ++k) REQUIRE(given[i].first[k] == i + 1);
    }
}

TEST_CASE("arena: arrays begin as zeros, texts are copied") {
    Arena arena;
    const int* numbers = arena.array<int>(100);
    for (int i = 0; i < 100; ++i) CHECK(numbers[i] == 0);
    std::string text = "here today";
    const std::string_view kept = arena.copy(text);
    text = "gone tomorrow";
    CHECK(kept == "here today");
    CHECK(arena.copy("").empty());
    struct Pair {
        int a, b;
    };
    CHECK(arena.make<Pair>(1, 2)->b == 2);
}

TEST_CASE("arena: it counts what was handed out until it is reset") {
    Arena arena(128);
    CHECK(arena.used() == 0);
    (void)arena.allocate(10);
    CHECK(arena.used() == 16);
    (void)arena.allocate(1000);
    CHECK(arena.used() == 16 + 1008);
    arena.reset();
    CHECK(arena.used() == 0);
    (void)arena.bytes(3);
    CHECK(arena.used() == 3);
}

TEST_CASE("arena: once warm it goes round in one block") {
    Arena arena(64);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 50; ++i) (void)arena.allocate(100);
        arena.reset();
    }
    const void* first = arena.allocate(100);
    arena.reset();
    CHECK(arena.allocate(100) == first);
}

TEST_CASE("arena: a block beyond what is usual is given back") {
    Arena arena;
    char* large = arena.bytes(std::size_t{8} << 20);
    std::memset(large, 1, std::size_t{8} << 20);
    arena.reset();
    CHECK(arena.used() == 0);
    CHECK(arena.bytes(10) != nullptr);
    CHECK(arena.used() == 10);
}

TEST_CASE("arena: one that was moved takes its memory along") {
    Arena one;
    const std::string_view text = one.copy("still here");
    const Arena other = std::move(one);
    CHECK(text == "still here");
    CHECK(other.used() == 16);
}
