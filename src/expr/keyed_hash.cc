#include "expr/keyed_hash.hh"

#include <bit>
#include <cstring>
#include <random>

namespace flowrun::expr {
namespace {

struct Key {
    Key() {
        std::random_device device;
        for (std::uint64_t* half : {&low, &high}) *half = std::uint64_t{device()} << 32 | device();
    }
    std::uint64_t low = 0, high = 0;
};

struct State {
    std::uint64_t a, b, c, d;

    void round() {
        a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
        c += d, d = std::rotl(d, 16) ^ c;
        a += d, d = std::rotl(d, 21) ^ a;
        c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
    void take(std::uint64_t word) {
        d ^= word;
        round();
        a ^= word;
    }
};

}  // namespace

std::uint64_t keyed_hash(std::string_view data) {
    static const Key key;
    State s{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d, key.low ^ 0x6c7967656e657261,
            key.high ^ 0x7465646279746573};
    const char* at = data.data();
    std::size_t left = data.size();
    for (; left >= 8; left -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        s.take(word);
    }
    std::uint64_t last = std::uint64_t{data.size()} << 56;
    for (std::size_t i = 0; i < left; ++i) last |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    s.take(last);
    s.c ^= 0xFF;
    for (int i = 0; i < 3; ++i) s.round();
    return s.a ^ s.b ^ s.c ^ s.d;
}

}  // namespace flowrun::expr
