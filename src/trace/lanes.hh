#pragma once
// A T for each thread that comes along, so that threads need not meet: a thread finds its own without a lock, the owner
// visits all. A lane outlives its thread until the owner lets it go.
//
// Not for use in destructors of thread-local objects: a thread's seats may be gone by then.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace flowrun::trace {

namespace detail {
inline std::atomic<std::uint64_t> lanes_made = 0;
}

template <class T>
class Lanes {
public:
    Lanes() : number_(++detail::lanes_made) {}
    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    // The calling thread's own.
    T& mine() {
        if (near_number == number_) [[likely]]
            return *near_;
        return find();
    }

    // Calls `visit(T&, bool left)` for each lane; `left`: its thread has ended. Where it returns false the lane is let
    // go, which is allowed only for one that was left. No lane is added meanwhile.
    template <class Visit>
    void each(Visit&& visit) {
        std::lock_guard lock(mutex_);
        std::erase_if(lanes_, [&](const std::shared_ptr<Lane>& lane) {
            const bool left = lane->left.load(std::memory_order_acquire);
            return !visit(lane->content, left) && left;
        });
    }

private:
    struct Lane {
        T content;
        std::atomic<bool> left = false;
    };
    // shared_ptr: a thread may end before the owner or after it, and each looks at the lane on its way out.
    struct Seat {
        std::uint64_t number;
        std::shared_ptr<Lane> lane;
    };
    struct Seats {
        std::vector<Seat> all;
        ~Seats() {
            near_number = 0;
            for (Seat& seat : all) seat.lane->left.store(true, std::memory_order_release);
        }
    };

    [[gnu::noinline]] T& find() {
        static thread_local Seats seats;
        Lane* lane = nullptr;
        for (const Seat& seat : seats.all) {
            if (seat.number == number_) lane = seat.lane.get();
        }
        if (lane == nullptr) {
            std::erase_if(seats.all, [](const Seat& seat) { return seat.lane.use_count() == 1; });
            seats.all.push_back({number_, std::make_shared<Lane>()});
            lane = seats.all.back().lane.get();
            std::lock_guard lock(mutex_);
            lanes_.push_back(seats.all.back().lane);
        }
        near_number = number_;
        near_ = &lane->content;
        return lane->content;
    }

    inline static thread_local constinit std::uint64_t near_number = 0;  // whose lane near_ is; numbers never come back
    inline static thread_local constinit T* near_ = nullptr;

    const std::uint64_t number_;
    std::mutex mutex_;
    std::vector<std::shared_ptr<Lane>> lanes_;
};

}  // namespace flowrun::trace
