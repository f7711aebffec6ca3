#include "engine/single.hh"

#include <algorithm>
#include <utility>

#include "engine/attempts.hh"
#include "engine/route.hh"
#include "engine/run.hh"
#include "engine/steps.hh"

namespace flowrun::engine {

// Where emitters drop what is oldest they are takers as well.
Single::Single(Run& run, Edge& edge) : Pump(run, edge) {
    if (edge.spec->overflow != flow::Overflow::drop_oldest) ring_.one_taker();
}

std::uint64_t Single::executing() const {
    bool pending = pending_.load(std::memory_order_acquire) && !backing_off_.load(std::memory_order_acquire);
    return pending || state_.load() == State::running ? 1 : 0;
}

bool Single::drop_oldest() {
    queue::Item oldest;
    return ring_.take(&oldest, 1) == 1;
}

void Single::notify(Lane* from) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    State idle = State::idle;
    if (state_.load(std::memory_order_relaxed) != State::idle) return;
    if (!has_work() || !state_.compare_exchange_strong(idle, State::queued)) return;
    run_.pool.post(*this, from);
}

bool Single::has_work() const {
    if (stalled() || run_.cancelled.load(std::memory_order_relaxed)) return false;
    return resume_.load(std::memory_order_acquire) || (!ring_.empty() && !pending_.load(std::memory_order_acquire));
}

void Single::run(Lane& lane) {
    constexpr unsigned stretch = 32;                          // so often those who wait for room are told
    state_.store(State::running, std::memory_order_seq_cst);  // before it looks whether the run is cancelled
    std::uint64_t allowance = 0;  // for how many messages the queues behind need not be asked again
    for (unsigned done = 0; done < turn; ++done) {
        if (done % stretch == stretch - 1) made_room();
        if (allowance == 0 && (allowance = room_downstream(turn)) == 0) break;
        if (resume_.load(std::memory_order_relaxed) && resume_.exchange(false)) {
            deliver(lane);
        } else if (!begin(lane)) {
            break;
        }
        --allowance;
    }
    made_room();
    run_.step();
    state_.store(State::idle, std::memory_order_seq_cst);
    run_.step();
    notify(&lane);
    if (run_.cancelled.load() || (run_.draining.load() && quiet())) run_.progress();
}

// The next message, unless one is still pending; false: there is none.
bool Single::begin(Lane& lane) {
    if (pending_.load(std::memory_order_acquire) || run_.cancelled.load(std::memory_order_relaxed)) return false;
    in_flight_.store(1, std::memory_order_release);  // before it leaves the queue: a drain never sees neither
    if (ring_.take(&item_, 1) == 0) {
        in_flight_.store(0, std::memory_order_release);
        return false;
    }
    run_.step();
    attempt_ = 1;
    deliver(lane);
    return true;
}

void Single::deliver(Lane& lane) {
    const flow::EdgeSpec& spec = *edge_.spec;
    Entry entry;
    entry.attempt = true;
    entry.claims = attempt_ >= spec.retry.attempts;
    entry.number = attempt_;
    entry.queued = item_.queued;
    entry.item = &item_;
    entry.then = this;
    entry.expires = spec.timeout == 0 ? never : after(run_.watch.now(), spec.timeout);
    lane.parent = item_.meta.parent;
    lane.claimed = false;
    pending_.store(true, std::memory_order_relaxed);
    backing_off_.store(false, std::memory_order_relaxed);
    std::int32_t status = hop(lane, edge_, &item_.meta, item_.body.get(), entry);
    lane.parent = 0;
    if (status == FLOWRUN_PENDING) return;
    if (status < 0 && retry(lane)) return;
    settle(lane, status);
    pending_.store(false, std::memory_order_relaxed);
}

// An attempt has failed. True: there will be another, after a wait that holds no thread; in fifo all behind it wait too.
// False: that was the last, and lane.error is what it ended with, an error route of the target's having been tried.
bool Single::retry(Lane& lane) {
    const flow::EdgeSpec& spec = *edge_.spec;
    lane.error->attempts = std::max(lane.error->attempts, attempt_);
    if (attempt_ >= spec.retry.attempts) return false;
    bool again = run_.retries() && worth_retrying(lane, edge_, &item_.meta, item_.body.get()) > 0;
    if (again) {
        Time when = after(run_.world.now(), backoff(spec.retry, attempt_, *lane.error, lane.random()));
        add(lane.counts[edge_.index].retried);
        ++attempt_;
        lane.error.reset();
        back_off(when);
        return true;
    }
    lane.parent = item_.meta.parent;
    std::int32_t status = claim(lane, *edge_.to, &item_.meta, item_.body.get());
    lane.parent = 0;
    lane.claimed = status >= 0;
    return false;
}

void Single::back_off(Time until) {
    backing_off_.store(true, std::memory_order_release);
    ring_.hold(1, item_.bytes);
    {
        std::scoped_lock lock(backoff_mutex_);
        backoff_ = run_.at(until, [this] { resume(); });
    }
    if (!run_.retries()) resume();  // hurry() may have been too early to see it
}

void Single::resume() {
    {
        std::scoped_lock lock(backoff_mutex_);
        if (std::exchange(backoff_, 0) == 0) return;
    }
    ring_.unhold(1, item_.bytes);
    resume_.store(true, std::memory_order_seq_cst);
    notify(nullptr);
}

void Single::hurry() {
    World::TimerId waiting = 0;
    {
        std::scoped_lock lock(backoff_mutex_);
        waiting = backoff_;
    }
    if (waiting != 0 && run_.world.cancel(waiting)) resume();
}

void Single::stop() {
    std::scoped_lock lock(backoff_mutex_);
    if (backoff_ != 0) run_.world.cancel(backoff_);
}

// A delivery that was pending has its result; it may come while the turn that began it has not yet ended.
void Single::result(Lane& lane, std::int32_t status) {
    if (status < 0 && retry(lane)) return;
    settle(lane, status);
    pending_.store(false, std::memory_order_seq_cst);
    notify(&lane);
    if (run_.cancelled.load() || (run_.draining.load() && quiet())) run_.progress();
}

void Single::settle(Lane& lane, std::int32_t status) {
    bool counted = run_.settled(lane, edge_, item_.meta, status);
    item_.body = {};
    if (counted) in_flight_.store(0, std::memory_order_release);
}

}  // namespace flowrun::engine
