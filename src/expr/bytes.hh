#pragma once
// Text as bytes.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace flowrun::expr {

// Whether two texts of one size are the same: names and words are short, so that a call would cost more than it does.
inline bool same_bytes(const char* a, const char* b, std::size_t size) {
    const auto same = [&]<class Word>(std::size_t at, Word x, Word y) {
        std::memcpy(&x, a + at, sizeof x);
        std::memcpy(&y, b + at, sizeof y);
        return x == y;
    };
    using Eight = std::uint64_t;
    using Four = std::uint32_t;
    if (size > 16) return std::memcmp(a, b, size) == 0;
    if (size >= 8) return same(0, Eight{}, Eight{}) && same(size - 8, Eight{}, Eight{});
    if (size >= 4) return same(0, Four{}, Four{}) && same(size - 4, Four{}, Four{});
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

}  // namespace flowrun::expr
