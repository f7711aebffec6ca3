#pragma once
// How many messages a consumer may have at a time (prefetch): what the runner works on, and ahead of it as much as is dealt with
// in a moment. So a fast consumer is never without, and slow ones leave the rest to others.
//
// Promises: between one and `most`, beyond what the runner has. It changes some times at first, then rarely: each change is an
// order to the server.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace flowrun::amqp {

class Window {
public:
    explicit Window(std::size_t most) : most_(most) {}

    std::size_t size() const { return size_; }
    // `settled`: so many in all; `out`: the runner has; `ahead`: nobody has taken yet; `full`, `was_full`: as many are out as may
    // be, or were since it was last asked. True: the size is another.
    bool look(std::int64_t now, std::uint64_t settled, std::size_t out, std::size_t ahead, bool full, bool was_full) {
        if (settled == settled_ && out + ahead == 0) since_ = now;  // nothing to learn from
        most_out_ = std::max(most_out_, out);
        was_full_ = was_full_ || was_full;
        if (full && ahead == 0) {  // the runner could have more
            const std::size_t had = std::max(out, size_);
            return set(std::min(had + std::max<std::size_t>(1, had / 2), out + most_));
        }
        const std::int64_t took = now - since_;
        if (took < period) return false;
        const double rate = static_cast<double>(settled - settled_) / static_cast<double>(took);
        const auto in_a_moment = static_cast<std::size_t>(rate * moment);
        std::size_t want = most_out_ + std::clamp<std::size_t>(in_a_moment, 1, most_);
        // Nothing stays here for long, and the server's answers are what takes time.
        const bool eager = was_full_ && ahead * 2 < size_ && rate * 5 * moment >= static_cast<double>(size_);
        if (eager) want = std::max(want, std::min(size_ * 2, most_out_ + most_));
        const bool lies = static_cast<double>(ahead) > rate * 5 * moment;
        since_ = now;
        settled_ = settled;
        most_out_ = out;
        const bool bound = std::exchange(was_full_, false);
        return ((bound && want > size_ + size_ / 4) || (lies && want < size_ / 2)) && set(want);
    }
    // It could not be made another.
    void stays(std::size_t size) { size_ = size; }

private:
    static constexpr std::int64_t period = 50'000'000;
    static constexpr double moment = 20'000'000;  // nanoseconds
    bool set(std::size_t size) {
        size = std::min<std::size_t>(size, 65'535);  // as AMQP counts
        if (size == size_) return false;
        size_ = size;
        return true;
    }

    const std::size_t most_;
    std::size_t size_ = 2, most_out_ = 0;
    std::int64_t since_ = 0;
    std::uint64_t settled_ = 0;
    bool was_full_ = false;
};

}  // namespace flowrun::amqp
