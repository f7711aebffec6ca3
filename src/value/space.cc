#include "value/space.hh"

#include "value/scan.hh"

namespace flowrun::value {

namespace {

// Bit i stands for byte i.
struct Spaces {
    unsigned spaces;  // white space
    unsigned lines;   // a line break
};

#if defined(__SSE2__)
Spaces spaces_of(const char* sixteen) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(sixteen));
    const auto equal = [v](char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); };
    const __m128i lines = _mm_or_si128(equal('\n'), equal('\r'));
    const __m128i spaces = _mm_or_si128(lines, _mm_or_si128(equal(' '), equal('\t')));
    return {static_cast<unsigned>(_mm_movemask_epi8(spaces)), static_cast<unsigned>(_mm_movemask_epi8(lines))};
}
#else
Spaces spaces_of(const char* sixteen) {
    Spaces found{};
    for (unsigned i = 0; i < 16; ++i) {
        found.spaces |= static_cast<unsigned>(is_space(sixteen[i])) << i;
        found.lines |= static_cast<unsigned>(sixteen[i] == '\n' || sixteen[i] == '\r') << i;
    }
    return found;
}
#endif

}  // namespace

[[gnu::noinline]] Gap skip_space(const char* p, const char* end) {
    const char* lines = nullptr;
    // One space, as behind a colon, is the most frequent.
    if (p != end && *p == ' ') ++p;
    for (; end - p >= 16; p += 16) {
        const Spaces found = spaces_of(p);
        const auto n = static_cast<unsigned>(std::countr_one(found.spaces));
        if ((found.lines & ((1U << n) - 1)) != 0) lines = p;
        if (n < 16) return {step(p, n), lines};
    }
    for (; p != end && is_space(*p); ++p) {
        if (*p == '\n' || *p == '\r') lines = p;
    }
    return {p, lines};
}

}  // namespace flowrun::value
