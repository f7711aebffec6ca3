#pragma once
// How many messages a process fetches before they are asked for: few where each takes its time, so that others who share the
// queue get theirs; many where they are dealt with at once.
//
// Promises: between one and `most`. It doubles when what was fetched is gone within a millisecond, and is one again when
// something has lain there for long. Not promised: a share for each process.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace flowrun::broker {

class Appetite {
public:
    explicit Appetite(std::size_t most) : most_(most) {}

    std::size_t size() const { return size_; }
    // Something was fetched, at this time; nanoseconds of any steady clock.
    void fetched(std::int64_t now) { fetched_ = now; }
    // The last of it was taken.
    void emptied(std::int64_t now) {
        if (now - fetched_ < soon) size_ = std::min(size_ * 2, most_);
        else if (now - fetched_ > late) size_ = 1;
    }

private:
    static constexpr std::int64_t soon = 1'000'000, late = 50'000'000;
    const std::size_t most_;
    std::size_t size_ = 1;
    std::int64_t fetched_ = 0;
};

}  // namespace flowrun::broker
