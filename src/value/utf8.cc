#include "value/utf8.hh"

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "value/json.hh"

namespace flowrun::value {

namespace {

// A state machine in one shift a byte, whatever the text: each byte has a word in which, at the bit that a state is
// named by, stands the next state. Nine states of six bits fit in a word.
enum State : unsigned {
    whole = 0,  // between code points
    bad = 6,    // and so it stays
    one = 12,   // so many bytes must follow, of any kind that may
    two = 18,
    three = 24,
    after_e0 = 30,  // after these leads the second byte is bound: overlong forms, surrogates,
    after_ed = 36,  // and what is beyond the last code point, are told there
    after_f0 = 42,
    after_f4 = 48,
};

constexpr State from_whole(unsigned byte) {
    if (byte < 0x80) return whole;
    if (byte < 0xC2) return bad;
    if (byte < 0xE0) return one;
    if (byte == 0xE0) return after_e0;
    if (byte == 0xED) return after_ed;
    if (byte < 0xF0) return two;
    if (byte == 0xF0) return after_f0;
    if (byte < 0xF4) return three;
    return byte == 0xF4 ? after_f4 : bad;
}

constexpr State next_state(State state, unsigned byte) {
    const auto within = [byte](unsigned low, unsigned high, State then) {
        return low <= byte && byte <= high ? then : bad;
    };
    switch (state) {
        case whole: return from_whole(byte);
        case one: return within(0x80, 0xBF, whole);
        case two: return within(0x80, 0xBF, one);
        case three: return within(0x80, 0xBF, two);
        case after_e0: return within(0xA0, 0xBF, one);
        case after_ed: return within(0x80, 0x9F, one);
        case after_f0: return within(0x90, 0xBF, two);
        case after_f4: return within(0x80, 0x8F, two);
        default: return bad;
    }
}

constexpr auto table = [] {
    std::array<std::uint64_t, 256> words{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (unsigned state = whole; state <= after_f4; state += 6) {
            words[byte] |= std::uint64_t{next_state(static_cast<State>(state), byte)} << state;
        }
    }
    return words;
}();

std::uint64_t step(std::uint64_t state, char byte) { return table[static_cast<unsigned char>(byte)] >> (state & 63); }

// The first byte that is not ASCII, or `end`.
const char* skip_ascii(const char* p, const char* end) {
    while (end - p >= 8) {
        std::uint64_t word;
        std::memcpy(&word, p, 8);
        if (word & 0x8080808080808080U) break;
        p += 8;
    }
    std::uint32_t half;
    if (end - p >= 4 && (std::memcpy(&half, p, 4), (half & 0x80808080U) == 0)) p += 4;
    while (p < end && static_cast<unsigned char>(*p) < 0x80) ++p;
    return p;
}

// Where the sequence begins that is known to be wrong.
const char* locate(const char* p, const char* end) {
    const char* begin = p;  // of the code point
    std::uint64_t state = whole;
    for (; p != end; ++p) {
        if ((state & 63) == whole) begin = p;
        state = step(state, *p);
        if ((state & 63) == bad) break;
    }
    return begin;
}

}  // namespace

const char* find_bad_utf8(const char* p, const char* end) {
    p = skip_ascii(p, end);
    std::uint64_t state = whole;
    for (const char* at = p; at != end; ++at) state = step(state, *at);
    return (state & 63) == whole ? nullptr : locate(p, end);
}

char* put_utf8(char* out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return out;
}

bool valid_utf8(std::string_view bytes, std::size_t* offset) {
    const char* bad = find_bad_utf8(bytes.data(), bytes.data() + bytes.size());
    if (bad != nullptr && offset != nullptr) *offset = static_cast<std::size_t>(bad - bytes.data());
    return bad == nullptr;
}

}  // namespace flowrun::value
