#pragma once
// Up to fifteen bytes in two words: copied and looked at without a call, a loop, or a read beyond them.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace flowrun::value {

class Few {
public:
    explicit Few(std::string_view text) : size_(text.size()) {
        const char* const p = text.data();
        if (size_ >= 8) {
            first_ = load<std::uint64_t>(p);
            last_ = load<std::uint64_t>(p + size_ - 8);
        } else if (size_ >= 4) {
            first_ = load<std::uint32_t>(p) | std::uint64_t{load<std::uint32_t>(p + size_ - 4)} << 32;
        } else if (size_ > 0) {
            const auto byte = [p](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(p[i])}; };
            first_ = (spaces << 24) | byte(size_ - 1) << 16 | byte(size_ / 2) << 8 | byte(0);
        }
    }

    void put(char* to) const {
        if (size_ >= 8) {
            store(to, first_);
            store(to + size_ - 8, last_);
        } else if (size_ >= 4) {
            store(to, static_cast<std::uint32_t>(first_));
            store(to + size_ - 4, static_cast<std::uint32_t>(first_ >> 32));
        } else if (size_ > 0) {
            to[0] = static_cast<char>(first_);
            to[size_ / 2] = static_cast<char>(first_ >> 8);
            to[size_ - 1] = static_cast<char>(first_ >> 16);
        }
    }

    // Whether no byte must be escaped in a JSON string: no quote, backslash or control character.
    bool plain() const { return ((stops(first_) | stops(last_)) & tops) == 0; }

private:
    static constexpr std::uint64_t ones = 0x0101010101010101;
    static constexpr std::uint64_t tops = 0x8080808080808080;
    static constexpr std::uint64_t spaces = 0x2020202020202020;

    template <class T>
    static T load(const char* from) {
        T word;
        std::memcpy(&word, from, sizeof word);
        return word;
    }
    template <class T>
    static void store(char* to, T word) {
        std::memcpy(to, &word, sizeof word);
    }
    // Some byte's top bit is set when any byte of the word is zero after the xor, or below 0x20. Which byte is not
    // exact: a borrow runs on from a byte that is.
    static std::uint64_t stops(std::uint64_t word) {
        const std::uint64_t quote = word ^ (ones * '"');
        const std::uint64_t slash = word ^ (ones * '\\');
        return ((word - spaces) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
    }

    std::size_t size_;
    std::uint64_t first_ = spaces;  // what is not filled stays spaces
    std::uint64_t last_ = spaces;
};

}  // namespace flowrun::value
