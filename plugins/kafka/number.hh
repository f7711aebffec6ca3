#pragma once
// A message's place in its queue as one number: its partition, and its offset there. In a queue with several partitions they stand
// one behind the other.

#include <cstdint>

namespace flowrun::kafka {

struct Number {
    bool retry = false;  // in the topic of what was given back
    std::int32_t partition = 0;
    std::int64_t offset = 0;

    static constexpr std::uint64_t offsets = std::uint64_t{1} << 47U, partitions = 1U << 15U;
    // Never 0.
    std::uint64_t packed() const {
        return ((retry ? partitions : 0U) + static_cast<std::uint64_t>(partition) % partitions) * offsets +
               static_cast<std::uint64_t>(offset) % (offsets - 1) + 1;
    }
    static Number of(std::uint64_t packed) {
        const std::uint64_t at = packed / offsets;
        return {at >= partitions, static_cast<std::int32_t>(at % partitions),
                static_cast<std::int64_t>(packed % offsets) - 1};
    }
};

}  // namespace flowrun::kafka
