#include "expr/digest.hh"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace flowrun::expr {
namespace {

constexpr std::size_t block_size = 64;
using Block = std::array<std::uint32_t, 16>;
__extension__ typedef unsigned __int128 Wide;

// Bits of a root's fraction, as FIPS 180-4 defines its constants. Integer arithmetic: exact on every machine.
constexpr std::uint32_t root_bits(std::uint64_t prime, int degree) {
    // The greatest x with x^degree <= prime * 2^(32 * degree); its low half is the fraction.
    Wide low = 0, high = static_cast<Wide>(32) << 32;
    while (high - low > 1) {
        const Wide middle = (low + high) / 2;
        const Wide square = middle * middle;
        bool fits = false;
        if (degree == 2) {
            fits = square <= static_cast<Wide>(prime) << 64;
        } else {
            // middle^3 <= prime * 2^96, with middle below 2^37 so that the square is below 2^74.
            const Wide upper = (square >> 32) * middle;
            const Wide lower = ((square & 0xFFFFFFFFu) * middle) >> 32;
            fits = upper + lower < static_cast<Wide>(prime) << 64;
        }
        (fits ? low : high) = middle;
    }
    return static_cast<std::uint32_t>(low);
}

template <std::size_t Count>
constexpr std::array<std::uint32_t, Count> prime_roots(int degree) {
    std::array<std::uint32_t, Count> out{};
    std::uint64_t prime = 2;
    for (std::size_t i = 0; i < Count; ++prime) {
        bool divided = false;
        for (std::uint64_t d = 2; d * d <= prime; ++d) divided = divided || prime % d == 0;
        if (!divided) out[i++] = root_bits(prime, degree);
    }
    return out;
}

constexpr auto sha_start = prime_roots<8>(2);
constexpr auto sha_round = prime_roots<64>(3);
static_assert(sha_start[0] == 0x6a09e667 && sha_round[0] == 0x428a2f98 && sha_round[63] == 0xc67178f2);

void sha_block(std::array<std::uint32_t, 8>& state, const Block& block) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i < 16; ++i) w[i] = block[i];
    for (std::size_t i = 16; i < 64; ++i) {
        const std::uint32_t a = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
        const std::uint32_t b = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::uint32_t mix = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const std::uint32_t one = h + mix + ((e & f) ^ (~e & g)) + sha_round[i] + w[i];
        const std::uint32_t two =
            (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    const std::array<std::uint32_t, 8> add{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i) state[i] += add[i];
}

void md5_block(std::array<std::uint32_t, 4>& state, const Block& block) {
    static constexpr std::array<std::array<int, 4>, 4> turns{
        {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
    auto [a, b, c, d] = state;
    for (std::uint32_t i = 0; i < 64; ++i) {
        std::uint32_t mix = 0, word = 0;
        switch (i / 16) {
            case 0: mix = (b & c) | (~b & d), word = i; break;
            case 1: mix = (d & b) | (~d & c), word = 5 * i + 1; break;
            case 2: mix = b ^ c ^ d, word = 3 * i + 5; break;
            default: mix = c ^ (b | ~d), word = 7 * i; break;
        }
        const auto sine = static_cast<std::uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
        const std::uint32_t sum = a + mix + sine + block[word % 16];
        a = d, d = c, c = b, b += std::rotl(sum, turns[i / 16][i % 4]);
    }
    const std::array<std::uint32_t, 4> add{a, b, c, d};
    for (std::size_t i = 0; i < 4; ++i) state[i] += add[i];
}

std::uint32_t word_at(const unsigned char* at, bool big) {
    std::uint32_t out = 0;
    std::memcpy(&out, at, 4);
    return big == (std::endian::native == std::endian::big) ? out : __builtin_bswap32(out);
}

// Cuts the data into blocks, the last padded with its length in bits.
template <class Use>
void each_block(std::string_view data, bool big, Use use) {
    const auto one = [&](const unsigned char* at) {
        Block block{};
        for (std::size_t i = 0; i < 16; ++i) block[i] = word_at(at + 4 * i, big);
        use(block);
    };
    const auto* at = reinterpret_cast<const unsigned char*>(data.data());
    std::size_t left = data.size();
    for (; left >= block_size; left -= block_size, at += block_size) one(at);
    std::array<unsigned char, 2 * block_size> tail{};
    if (left > 0) std::memcpy(tail.data(), at, left);
    tail[left] = 0x80;
    const std::size_t size = left + 9 <= block_size ? block_size : 2 * block_size;
    const std::uint64_t bits = std::uint64_t{data.size()} * 8;
    for (std::size_t i = 0; i < 8; ++i) {
        tail[size - 8 + i] = static_cast<unsigned char>(bits >> (big ? 56 - 8 * i : 8 * i));
    }
    for (std::size_t i = 0; i < size; i += block_size) one(tail.data() + i);
}

template <std::size_t Count>
std::string hex(const std::array<std::uint32_t, Count>& state, bool big) {
    std::string out;
    for (const std::uint32_t word : state) {
        for (unsigned i = 0; i < 4; ++i) {
            const unsigned byte = (word >> (big ? 24 - 8 * i : 8 * i)) & 0xFF;
            out += "0123456789abcdef"[byte >> 4];
            out += "0123456789abcdef"[byte & 15];
        }
    }
    return out;
}

}  // namespace

std::string sha256(std::string_view data) {
    auto state = sha_start;
    each_block(data, true, [&](const Block& block) { sha_block(state, block); });
    return hex(state, true);
}

std::string md5(std::string_view data) {
    std::array<std::uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    each_block(data, false, [&](const Block& block) { md5_block(state, block); });
    return hex(state, false);
}

}  // namespace flowrun::expr
