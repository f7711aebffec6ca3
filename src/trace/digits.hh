#pragma once
// Numbers into text, by hand: formatting a span is the dearest part of a trace. Each writes at `to` and returns the end.

#include <bit>
#include <cstdint>
#include <cstring>

namespace flowrun::trace {

inline constexpr auto two_digits = [] {
    struct Table {
        char text[200];
    } table{};
    for (int i = 0; i < 100; ++i) {
        table.text[i * 2] = static_cast<char>('0' + i / 10);
        table.text[i * 2 + 1] = static_cast<char>('0' + i % 10);
    }
    return table;
}();

// At most 20 digits.
inline char* put_decimal(char* to, std::uint64_t number) {
    char digits[20];
    int at = 20;
    while (number >= 100) {
        at -= 2;
        std::memcpy(digits + at, two_digits.text + number % 100 * 2, 2);
        number /= 100;
    }
    if (number >= 10) {
        at -= 2;
        std::memcpy(digits + at, two_digits.text + number * 2, 2);
    } else {
        digits[--at] = static_cast<char>('0' + number);
    }
    std::memcpy(to, digits + at, static_cast<std::size_t>(20 - at));
    return to + (20 - at);
}

// Exactly two digits; number < 100.
inline char* put_two(char* to, unsigned number) {
    std::memcpy(to, two_digits.text + number * 2, 2);
    return to + 2;
}

// Exactly nine digits; number < 1'000'000'000.
inline char* put_nine(char* to, std::uint32_t number) {
    const std::uint32_t upper = number / 100'000, lower = number % 100'000;
    to = put_two(to, upper / 100);
    to = put_two(to, upper % 100);
    *to++ = static_cast<char>('0' + lower / 10'000);
    to = put_two(to, lower / 100 % 100);
    return put_two(to, lower % 100);
}

// Exactly 16 lower-case hexadecimal digits: the halves are spread to a nibble a byte, all eight turned at once.
inline char* put_hex(char* to, std::uint64_t number) {
    for (int shift = 32; shift >= 0; shift -= 32) {
        std::uint64_t x = number >> shift & 0xFFFFFFFF;
        x = (x << 16 | x) & 0x0000FFFF0000FFFF;
        x = (x << 8 | x) & 0x00FF00FF00FF00FF;
        x = (x << 4 | x) & 0x0F0F0F0F0F0F0F0F;
        const std::uint64_t letters = (x + 0x0606060606060606) >> 4 & 0x0101010101010101;
        x += 0x3030303030303030 + letters * ('a' - '0' - 10);
        if constexpr (std::endian::native == std::endian::little) x = __builtin_bswap64(x);
        std::memcpy(to, &x, 8);
        to += 8;
    }
    return to;
}

}  // namespace flowrun::trace
