#include "queue/unique_id.hh"

#include <set>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using flowrun::queue::unique_id;

TEST_CASE("An id is a version 7 UUID that begins with its time") {
    const std::string id = unique_id(std::int64_t{0x0123456789ab} * 1'000'000 + 5);
    REQUIRE(id.size() == 36);
    CHECK(id.starts_with("01234567-89ab-7"));
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
    CHECK(unique_id(1'000'000) < unique_id(2'000'000));
}

TEST_CASE("Ids of one moment differ, on whatever threads they are made") {
    std::vector<std::vector<std::string>> made(4);
    std::vector<std::thread> threads;
    for (auto& into : made) {
        threads.emplace_back([&into] {
            for (int i = 0; i < 5000; ++i) into.push_back(unique_id(7));
        });
    }
    for (auto& thread : threads) thread.join();
    std::set<std::string> all;
    for (const auto& some : made) all.insert(some.begin(), some.end());
    CHECK(all.size() == 20'000);
}
