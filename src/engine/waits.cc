#include "engine/waits.hh"

#include <algorithm>
#include <mutex>

#include "engine/hops.hh"
#include "engine/run.hh"

namespace flowrun::engine {
namespace {

class Blocked {
public:
    Blocked(Lane& lane, Lane::Wait wait) : lane_(lane) { lane.run.pool.blocked(lane, wait); }
    ~Blocked() { lane_.run.pool.unblocked(lane_); }
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;

private:
    Lane& lane_;
};

bool stops(const Call* call, Run& run) {
    return call != nullptr && call->kind == Call::Kind::source && run.stopping.load();
}

// Waits on the lane until `ready()`, `until`, or an interruption; true: ready or the time has come.
template <class Ready>
bool wait_on(Lane& lane, Lane::Wait wait, const Call* call, Time until, Ready&& ready) {
    Run& run = lane.run;
    Blocked blocked(lane, wait);
    std::unique_lock lock(lane.mutex);
    for (;;) {
        if (ready()) return true;
        Time now = run.world.now(), deadline = lane.deadline.load(std::memory_order_relaxed);
        if (lane.cancelled.load() || lane.abandoned.load() || now >= deadline || stops(call, run)) return false;
        if (now >= until) return true;
        run.world.wait(lane.woken, lock, std::min(until, deadline));
    }
}

std::int32_t why_woken(Lane& lane, const Call* call) {
    if (std::int32_t status = interrupted(lane); status != 0) return status;
    return failing(lane, Code::cancelled, "the run is stopping", call == nullptr ? nullptr : call->node);
}

// A component gets only the code; what it says with it is its own.
std::int32_t as_code(Call& call, std::int32_t status) {
    if (status < 0) call.more().last_error = std::move(call.lane->error);
    return status;
}

}  // namespace

std::int32_t wait_backoff(Lane& lane, Duration duration) {
    Time until = after(lane.run.world.now(), std::max<Duration>(duration, 0));
    bool whole = wait_on(lane, Lane::Wait::time, nullptr, until, [&] { return lane.run.hurried(); });
    return whole ? FLOWRUN_OK : why_woken(lane, nullptr);
}

std::int32_t sleep(Call& call, Duration duration) {
    Lane& lane = *call.lane;
    Time until = after(lane.run.world.now(), std::max<Duration>(duration, 0));
    bool whole = wait_on(lane, Lane::Wait::time, &call, until, [] { return false; });
    return whole ? FLOWRUN_OK : as_code(call, why_woken(lane, &call));
}

std::int32_t wait_fd(Call& call, int fd, bool write, Duration timeout) {
    Lane& lane = *call.lane;
    World& world = lane.run.world;
    if (stopping(call) == 0 && world.ready(fd, write)) return FLOWRUN_OK;
    Time until = timeout < 0 ? never : after(world.now(), timeout);
    bool ready = false;  // guarded by the lane's mutex
    World::WatchId watch = world.watch(fd, write, [&] {
        std::scoped_lock lock(lane.mutex);
        ready = true;
        world.wake_all(lane.woken);
    });
    bool whole = wait_on(lane, Lane::Wait::descriptor, &call, until, [&] { return ready; });
    if (!world.unwatch(watch)) {
        // The job has run or is running: it must be done with our stack.
        std::unique_lock lock(lane.mutex);
        while (!ready) world.wait(lane.woken, lock, never);
    }
    if (ready) return FLOWRUN_OK;
    return whole ? FLOWRUN_E_UNAVAILABLE : as_code(call, why_woken(lane, &call));
}

std::int32_t stopping(Call& call) {
    Lane& lane = *call.lane;
    if (stops(&call, lane.run)) return FLOWRUN_E_CANCELLED;
    if (lane.interrupt.load(std::memory_order_relaxed) == 0) return 0;
    return as_code(call, interrupted(lane));
}

}  // namespace flowrun::engine
