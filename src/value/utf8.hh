#pragma once
// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstdint>

namespace flowrun::value {

// The first byte of the first sequence that is not UTF-8, or nullptr when all of [p, end) is.
const char* find_bad_utf8(const char* p, const char* end);

// Writes one code point, at most U+10FFFF and no surrogate; returns the end of what was written (at most four bytes).
char* put_utf8(char* out, std::uint32_t code);

}  // namespace flowrun::value
