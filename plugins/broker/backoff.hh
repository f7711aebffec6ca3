#pragma once
// When a connection that was lost is tried again: after 50 ms, then each time after twice as long, up to five seconds.

#include <algorithm>
#include <cstdint>

namespace flowrun::broker {

class Backoff {
public:
    bool is_due(std::int64_t now) const { return now >= next_; }
    std::int64_t next() const { return next_; }
    // It is tried now.
    void tries(std::int64_t now) {
        pause_ = std::clamp(pause_ * 2, shortest, longest);
        next_ = now + pause_;
    }
    // It has worked: the next time counts as the first.
    void works() { pause_ = 0; }
    // It is lost now.
    void lost(std::int64_t now) { next_ = std::max(next_, now + pause_); }
    bool tried_often() const { return pause_ > shortest; }

private:
    static constexpr std::int64_t shortest = 50'000'000, longest = 5'000'000'000;
    std::int64_t next_ = 0, pause_ = 0;
};

}  // namespace flowrun::broker
