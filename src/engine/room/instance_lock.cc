#include "engine/room/instance_lock.hh"

#include <algorithm>
#include <utility>

namespace flowrun::engine {

InstanceLock::InstanceLock(std::uint32_t instances)
    : instances_(std::max(instances, 1u)), taken_(new std::atomic<bool>[instances_] {}) {}

std::uint32_t InstanceLock::try_any(std::uint32_t wanted) {
    if (wanted != none) return try_enter(wanted) ? wanted : none;
    for (std::uint32_t instance = 0; instance < instances_; ++instance) {
        if (!taken_[instance].load(std::memory_order_relaxed) && try_enter(instance)) return instance;
    }
    return none;
}

void InstanceLock::link(Waiter& waiter) {
    waiter.before = last_;
    (last_ == nullptr ? first_ : last_->next) = &waiter;
    last_ = &waiter;
    waiting_.fetch_add(1, std::memory_order_seq_cst);
}

void InstanceLock::unlink(Waiter& waiter) {
    (waiter.before == nullptr ? first_ : waiter.before->next) = waiter.next;
    (waiter.next == nullptr ? last_ : waiter.next->before) = waiter.before;
    waiting_.fetch_sub(1, std::memory_order_seq_cst);
}

// Whoever waits says so (waiting_) before it tries a last time; whoever leaves frees the instance before it looks for those
// who wait. Both with sequential consistency, so that one of them sees the other.
std::uint32_t InstanceLock::enter(Thread& thread, Scheduler& scheduler, Time until, std::uint32_t wanted) {
    const std::uint32_t at_once = try_any(wanted);
    if (at_once != none) return at_once;
    scheduler.blocked(thread, Thread::Wait::instance);
    Waiter waiter{thread, wanted};
    {
        MutexLock lock(mutex_);
        link(waiter);
    }
    until = std::min(until, thread.deadline());
    while (!wait_on(waiter, until)) {}
    scheduler.unblocked(thread);
    return waiter.got;
}

// True: it is over, one way or the other, and out of the line.
bool InstanceLock::wait_on(Waiter& waiter, Time until) {
    Thread& thread = waiter.thread;
    {
        MutexLock lock(mutex_);
        // First the one that it was woken for: nobody else was.
        if (waiter.got == none && waiter.woken_for != none) waiter.got = try_any(std::exchange(waiter.woken_for, none));
        if (waiter.got == none) waiter.got = try_any(waiter.wanted);
        const bool gives_up = thread.cancelled.load() || thread.abandoned.load() || thread.world.now() >= until;
        if (waiter.got != none || gives_up) return unlink(waiter), true;
        MutexLock waking(waiter.thread.mutex);
        if (std::exchange(waiter.woken, false)) waiter.tried = true;
    }
    MutexLock lock(waiter.thread.mutex);
    const bool gives_up = thread.cancelled.load() || thread.abandoned.load();
    if (!waiter.woken && !gives_up) thread.world.wait(thread.woken, lock, until);
    return false;
}

void InstanceLock::leave(std::uint32_t instance) {
    taken_[instance].store(false, std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_seq_cst) == 0) [[likely]]
        return;
    pass_on(instance);
}

// Wakes the first of those who may have it, of whom each is woken for one; who has come too late before gets it handed.
void InstanceLock::pass_on(std::uint32_t instance) {
    MutexLock lock(mutex_);
    for (Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) {
        if (waiter->got != none || (waiter->wanted != none && waiter->wanted != instance)) continue;
        MutexLock waking(waiter->thread.mutex);
        if (waiter->woken) continue;
        if (waiter->tried && try_enter(instance)) waiter->got = instance;
        waiter->woken = true;
        waiter->woken_for = instance;
        waiter->thread.world.wake_all(waiter->thread.woken);
        return;
    }
}

std::uint32_t InstanceLock::busy() const {
    std::uint32_t busy = 0;
    for (std::uint32_t instance = 0; instance < instances_; ++instance)
        busy += taken_[instance].load(std::memory_order_relaxed) ? 1 : 0;
    return busy;
}

}  // namespace flowrun::engine
