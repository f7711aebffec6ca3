#include "value/keys.hh"

#include <cstring>

#include "value/scalar.hh"

namespace flowrun::value {

void Keys::differs(const KnownKey* key, std::uint32_t length) {
    constexpr std::uint8_t enough = 8;
    KnownKey& known = known_[static_cast<std::size_t>(key - known_.data())];
    const bool varies = ++known.lengths > enough || length > 15;
    known.length = varies ? 255 : static_cast<std::uint8_t>(length);
}

const KnownKey* Keys::learn(const KnownKey* last, const char* text, std::size_t size, std::size_t whole, unsigned depth,
                            Way way) {
    if (!trusted_ || whole > sizeof KnownKey::text) return &known_[nowhere];
    if (++wrong_ > most_wrong) trusted_ = false;
    KnownKey key;
    std::memcpy(key.text, text - 1, whole);
    key.mask = (1U << whole) - 1;
    key.whole = static_cast<std::uint8_t>(whole);
    key.head = head_of(Kind::string, Node::plain, static_cast<std::uint32_t>(size));
    key.length = 0;
    key.depth = static_cast<std::uint8_t>(depth);
    const std::uint8_t place = place_of(key);
    known_[static_cast<std::size_t>(last - known_.data())].next[static_cast<unsigned>(way)] = place;
    return &known_[place];
}

// Where the key is kept: one of two places that its text and depth give. It may push out another.
std::uint8_t Keys::place_of(const KnownKey& key) {
    std::uint64_t a, b;
    std::memcpy(&a, key.text, sizeof a);
    std::memcpy(&b, key.text + sizeof a, sizeof b);
    const std::uint64_t mixed = (a ^ (b * 0x9E3779B97F4A7C15) ^ key.depth) * 0xD6E8FEB86659FD93;
    const auto first = static_cast<std::uint8_t>(mixed >> 58 << 1);
    for (const std::uint8_t place : {first, static_cast<std::uint8_t>(first + 1)}) {
        if (place == nowhere) continue;
        KnownKey& known = known_[place];
        if (known.mask == key.mask && known.depth == key.depth &&
            std::memcmp(known.text, key.text, sizeof key.text) == 0) {
            return place;
        }
        if (known.mask != KnownKey::none) continue;
        known = key;
        return place;
    }
    known_[first + 1U] = key;
    return static_cast<std::uint8_t>(first + 1);
}

}  // namespace flowrun::value
