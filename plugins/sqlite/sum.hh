#pragma once
// A sum of texts and numbers, by which a changed one is noticed.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace flowrun::sqlite {

// Not against malice: against bits that a disk, a cable or a cut file has changed.
class Sum {
public:
    void add(std::string_view bytes) {
        step(bytes.size());
        while (bytes.size() >= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data(), sizeof word);
            step(word);
            bytes.remove_prefix(sizeof word);
        }
        std::uint64_t rest = 0;
        if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
        step(rest);
    }
    void add(std::int64_t number) { step(static_cast<std::uint64_t>(number)); }
    std::int64_t value() const { return static_cast<std::int64_t>(state_ ^ (state_ >> 29)); }

private:
    void step(std::uint64_t word) {
        state_ = (state_ ^ word) * 0x9E3779B97F4A7C15U;
        state_ ^= state_ >> 32;
    }
    std::uint64_t state_ = 0x243F6A8885A308D3U;
};

}  // namespace flowrun::sqlite
