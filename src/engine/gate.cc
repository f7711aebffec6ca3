#include "engine/gate.hh"

#include <algorithm>

#include "engine/lane.hh"
#include "engine/run.hh"
#include "engine/task.hh"

namespace flowrun::engine {

// Whoever waits says so (waiting_) before it tries a last time; whoever leaves frees the gate before it looks for those
// who wait. Both with sequential consistency, so that one of them sees the other.

bool Gate::enter(Lane& lane, const void* holder, Time until) {
    if (try_enter(holder)) return true;
    Run& run = lane.run;
    run.pool.blocked(lane);
    std::unique_lock lock(mutex_);
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    ++threads_;
    bool in = false;
    while (!(in = try_enter(holder))) {
        if (lane.cancelled.load() || lane.abandoned.load() || run.world.now() >= until) break;
        // A cancelled lane is not woken here: it looks again by itself.
        run.world.wait(free_, lock, std::min(until, after(run.world.now(), 100 * millisecond)));
    }
    --threads_;
    waiting_.fetch_sub(1, std::memory_order_seq_cst);
    lock.unlock();
    run.pool.unblocked(lane);
    return in;
}

bool Gate::enter_or_queue(const void* holder, Task& task) {
    if (try_enter(holder)) return true;
    std::scoped_lock lock(mutex_);
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    if (try_enter(holder)) {
        waiting_.fetch_sub(1, std::memory_order_seq_cst);
        return true;
    }
    tasks_.push_back(&task);
    return false;
}

void Gate::leave(Lane& lane) {
    holder_.store(nullptr, std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_seq_cst) == 0) return;
    Task* task = nullptr;
    {
        std::scoped_lock lock(mutex_);
        if (threads_ != 0) lane.run.world.wake_one(free_);
        if (!tasks_.empty()) {
            task = tasks_.front();
            tasks_.pop_front();
            waiting_.fetch_sub(1, std::memory_order_seq_cst);
        }
    }
    if (task != nullptr) task->wake(lane);
}

}  // namespace flowrun::engine
