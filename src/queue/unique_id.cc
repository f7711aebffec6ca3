#include "queue/unique_id.hh"

#include <random>

namespace flowrun::queue {
namespace {

// 74 random bits an id, of a generator that the system seeded: a process makes far fewer than would make a pair likely.
std::mt19937_64& generator() {
    static thread_local std::mt19937_64 one = [] {
        std::random_device system;
        std::seed_seq seed{system(), system(), system(), system(), system(), system(), system(), system()};
        return std::mt19937_64(seed);
    }();
    return one;
}

}  // namespace

std::string unique_id(std::int64_t wall) {
    constexpr std::uint64_t version = 0x7000, variant = std::uint64_t{0x8} << 60;
    const auto milliseconds = static_cast<std::uint64_t>(wall / 1'000'000);
    std::mt19937_64& random = generator();
    const std::uint64_t high = (milliseconds << 16) | version | (random() & 0xfff);
    const std::uint64_t low = (random() >> 2) | variant;
    std::string text(36, '-');
    std::size_t at = 0;
    const auto put = [&](std::uint64_t bits, int digits) {
        for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
            text[at++] = "0123456789abcdef"[(bits >> shift) & 15];
    };
    put(high >> 32, 8);
    ++at;
    put(high >> 16 & 0xffff, 4);
    ++at;
    put(high & 0xffff, 4);
    ++at;
    put(low >> 48, 4);
    ++at;
    put(low & 0xffffffffffff, 12);
    return text;
}

}  // namespace flowrun::queue
