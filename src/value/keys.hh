#pragma once
// The keys of the texts read before, each with the keys that came after it: texts of one kind have the same keys in the
// same order, so the next key need not be looked for, only be compared with the one expected. A wrong guess costs a
// comparison and is put right; nothing but speed depends on what is in here.

#include <array>
#include <cstddef>
#include <cstdint>

namespace flowrun::value {

// How a key is come to: behind a comma, or behind the brace that opens a map.
enum class Way : std::uint8_t { comma = 0, brace = 1 };

// A key of up to 13 bytes, with quotes, colon and perhaps one space behind it.
struct alignas(16) KnownKey {
    static constexpr std::uint32_t none = 1U << 16;

    char text[16] = {};
    std::uint64_t head = 0;     // of its Node (scalar.hh)
    std::uint32_t mask = none;  // of the bytes of `text` that count; `none`: no key yet, and no sixteen bytes equal it
    std::uint8_t whole = 255;   // how many these are
    std::uint8_t depth = 0;     // of the map that it stands in, as far as it fits
    std::uint8_t length = 255;  // of the string that it had the last time; beyond 15: not worth a guess
    std::uint8_t lengths = 0;   // how often that was another
    std::uint8_t next[2] = {};  // the place of the key that came next the last time, by Way
};

// One thread at a time. For each text: begin, then `learn` each key that is not the one expected, end.
class Keys {
public:
    void begin() {
        trusted_ = trust_ > 0 || (++texts_ & 15) == 0;  // texts without an order are tried now and then
        wrong_ = 0;
    }
    // Of so many Nodes the text was; what was mostly guessed wrong is soon not guessed any more.
    void end(std::size_t nodes) {
        if (std::size_t{wrong_} * 8 < nodes + 8) trust_ = most_trust;
        else if (trust_ > 0) --trust_;
    }

    // The first stands for a key that is not known, and for what is before the first key. `next` leads on from each.
    // Where there are no Keys, this one alone is known.
    static const KnownKey* known(const Keys* keys) {
        static constexpr KnownKey nothing;
        return keys == nullptr ? &nothing : keys->known_.data();
    }

    // The value of a known key is a string, and not as long as `length` says.
    void differs(const KnownKey* key, std::uint32_t length);

    // Another key came behind `last`: the one of `size` bytes at `text`, which stands there as it is between its quotes;
    // `whole` is its size with quotes, colon, and what else may be taken for part of it. Returns what it is known as.
    const KnownKey* learn(const KnownKey* last, const char* text, std::size_t size, std::size_t whole, unsigned depth,
                          Way way);

private:
    static constexpr std::uint8_t nowhere = 0;
    static constexpr unsigned places = 128;  // 4 KiB
    static constexpr unsigned most_wrong = 256;
    static constexpr unsigned most_trust = 8;

    std::uint8_t place_of(const KnownKey& key);

    std::array<KnownKey, places> known_;
    unsigned wrong_ = 0;
    unsigned trust_ = most_trust;
    unsigned texts_ = 0;
    bool trusted_ = true;
};

}  // namespace flowrun::value
