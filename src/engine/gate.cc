#include "engine/gate.hh"

#include <algorithm>

#include "engine/lane.hh"
#include "engine/run.hh"

namespace flowrun::engine {

void Gate::set_places(std::uint32_t places) {
    places_ = std::max(places, 1u);
    if (places_ > 1) others_ = std::make_unique<Holder[]>(places_ - 1);
}

std::uint32_t Gate::try_all(const void* holder, std::uint32_t wanted) {
    if (wanted != any) return try_enter(holder, wanted) ? wanted : any;
    for (std::uint32_t place = 0; place < places_; ++place) {
        if (try_enter(holder, place)) return place;
    }
    return any;
}

// Whoever waits says so (waiting_) before it tries a last time; whoever leaves frees the place before it looks for those
// who wait. Both with sequential consistency, so that one of them sees the other.
std::uint32_t Gate::enter(Lane& lane, const void* holder, Time until, std::uint32_t wanted) {
    std::uint32_t in = try_all(holder, wanted);
    if (in != any) return in;
    Run& run = lane.run;
    run.pool.blocked(lane);
    std::unique_lock lock(mutex_);
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    while ((in = try_all(holder, wanted)) == any) {
        if (lane.cancelled.load() || lane.abandoned.load() || run.world.now() >= until) break;
        // A cancelled lane is not woken here: it looks again by itself.
        run.world.wait(free_, lock, std::min(until, after(run.world.now(), 100 * millisecond)));
    }
    waiting_.fetch_sub(1, std::memory_order_seq_cst);
    lock.unlock();
    run.pool.unblocked(lane);
    return in;
}

void Gate::leave(Lane& lane, std::uint32_t place) {
    at(place).store(nullptr, std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_seq_cst) == 0) return;
    std::scoped_lock lock(mutex_);
    // Those who wait may want different places.
    places_ == 1 ? lane.run.world.wake_one(free_) : lane.run.world.wake_all(free_);
}

std::uint32_t Gate::busy() const {
    std::uint32_t busy = 0;
    for (std::uint32_t place = 0; place < places_; ++place)
        busy += at(place).load(std::memory_order_relaxed) != nullptr;
    return busy;
}

}  // namespace flowrun::engine
