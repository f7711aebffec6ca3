#pragma once
// Sixteen bytes of text at a time: where a JSON string has to be looked at, and whether it is a given one.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace flowrun::value {

// Bit i stands for byte i.
struct Stops {
    unsigned stop = 0;  // a quote, a backslash, or a control character below 0x20
    unsigned high = 0;  // not ASCII
};

#if defined(__SSE2__)
[[gnu::always_inline]] inline Stops stops_of(const char* sixteen) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(sixteen));
    // With bit 1 flipped the quote (0x22) and the control characters are just the bytes up to 0x20.
    const __m128i flipped = _mm_xor_si128(v, _mm_set1_epi8(2));
    const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(flipped, _mm_set1_epi8(0x20)), flipped);
    const __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    return {static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, slash))),
            static_cast<unsigned>(_mm_movemask_epi8(v))};
}
// Bit i: byte i is a decimal digit.
[[gnu::always_inline]] inline unsigned digits_of(const char* sixteen) {
    const __m128i v = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(sixteen)), _mm_set1_epi8('0'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(9)), v)));
}
// Whether the bytes whose bits are in `mask` are equal, of sixteen; never, when `mask` has a bit beyond.
[[gnu::always_inline]] inline bool same_bytes(const char* a, const char* b, unsigned mask) {
    const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a)),
                                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(b)));
    return (~static_cast<unsigned>(_mm_movemask_epi8(equal)) & mask) == 0;
}
#else
[[gnu::always_inline]] inline Stops stops_of(const char* sixteen) {
    Stops found;
    for (unsigned i = 0; i < 16; ++i) {
        const auto c = static_cast<unsigned char>(sixteen[i]);
        found.stop |= static_cast<unsigned>(c < 0x20 || c == '"' || c == '\\') << i;
        found.high |= static_cast<unsigned>(c >= 0x80) << i;
    }
    return found;
}
[[gnu::always_inline]] inline unsigned digits_of(const char* sixteen) {
    unsigned found = 0;
    for (unsigned i = 0; i < 16; ++i) found |= static_cast<unsigned>(sixteen[i] >= '0' && sixteen[i] <= '9') << i;
    return found;
}
inline bool same_bytes(const char* a, const char* b, unsigned mask) {
    return mask >> 16 == 0 && std::memcmp(a, b, static_cast<unsigned>(std::bit_width(mask))) == 0;
}
#endif

// The same for the bytes of [p, end) when they are fewer than sixteen: bits beyond `end` are 0. Reads nothing beyond
// `end`: where the text from `begin` is long enough, the sixteen bytes before `end` are looked at.
[[gnu::noinline]] inline Stops stops_of_tail(const char* p, const char* begin, const char* end) {
    const auto left = static_cast<unsigned>(end - p);
    if (end - begin >= 16) {
        const Stops all = stops_of(end - 16);
        return {all.stop >> (16 - left), all.high >> (16 - left)};
    }
    char copy[16] = {};
    std::memcpy(copy, p, left);
    const Stops all = stops_of(copy);
    const unsigned mine = (1U << left) - 1;
    return {all.stop & mine, all.high & mine};
}

// p + n, for n < 16, by one of sixteen jumps. The processor guesses the jump and goes on with what follows before it
// knows n; after an addition it waits for the load, the comparison and the count that n comes from. This pays where n
// is mostly what it was the last time around, as between tokens, and costs where it is not. (asm keeps the compiler from
// making it the addition again.)
[[gnu::always_inline]] inline const char* here(const char* p) {
    asm("" : "+r"(p));
    return p;
}
[[gnu::always_inline]] inline const char* step(const char* p, unsigned n) {
    switch (n) {
        case 0: return here(p);
        case 1: return here(p + 1);
        case 2: return here(p + 2);
        case 3: return here(p + 3);
        case 4: return here(p + 4);
        case 5: return here(p + 5);
        case 6: return here(p + 6);
        case 7: return here(p + 7);
        case 8: return here(p + 8);
        case 9: return here(p + 9);
        case 10: return here(p + 10);
        case 11: return here(p + 11);
        case 12: return here(p + 12);
        case 13: return here(p + 13);
        case 14: return here(p + 14);
        default: return here(p + 15);
    }
}

}  // namespace flowrun::value
