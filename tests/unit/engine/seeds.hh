#pragma once
// Which interleavings a test in virtual time tries: FLOWRUN_SEEDS of them (2000), or the one of FLOWRUN_SEED alone, so
// that a failing one replays:  FLOWRUN_SEED=1234 build/bin/test_engine "name of the test"

#include <cstdint>
#include <cstdlib>
#include <ranges>
#include <string>

namespace flowrun::engine::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t usual_seeds = 200;  // ten times slower
#else
inline constexpr std::uint64_t usual_seeds = 2000;
#endif

inline auto seeds() {
    const char* one = std::getenv("FLOWRUN_SEED");
    const char* many = std::getenv("FLOWRUN_SEEDS");
    std::uint64_t first = one != nullptr ? std::stoull(one) : 1;
    std::uint64_t count = one != nullptr ? 1 : many != nullptr ? std::stoull(many) : usual_seeds;
    return std::views::iota(first, first + count);
}

}  // namespace flowrun::engine::test
