#include "engine/pump.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/attempts.hh"
#include "engine/route.hh"
#include "engine/run.hh"
#include "engine/steps.hh"

namespace flowrun::engine {
namespace {

queue::Ring::Bounds bounds_of(const flow::EdgeSpec& spec) {
    return {std::max<std::uint64_t>(spec.buffer.messages, 1), spec.buffer.bytes};
}

// Its time in the queue is asked for by the trace and by a deadline that runs from acceptance.
bool needs_time(const Run& run, const Edge& edge) { return run.observer != nullptr || edge.spec->deadline != 0; }

}  // namespace

Pump::Pump(Run& run, Edge& edge) : run_(run), edge_(edge), ring_(bounds_of(*edge.spec)) { ring_.one_taker(); }
Pump::~Pump() = default;

std::int32_t Pump::push(Lane& lane, queue::Item&& item) {
    if (lane.interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]] {
        if (std::int32_t status = interrupted(lane); status != 0) return status;
    }
    if (needs_time(run_, edge_)) item.queued = run_.world.now();
    while (ring_.push(&item, 1) == 0) {
        std::int32_t status = overflow(lane, item);
        if (status <= 0) return status;
    }
    add(lane.counts[edge_.index].accepted);
    if (lane.worker.load(std::memory_order_relaxed) != nullptr) {
        // A worker tells at the end of its turn, or at once where nobody is at work.
        if (state_.load(std::memory_order_relaxed) == State::idle) notify(&lane);
        if (lane.touched.empty() || lane.touched.back() != this) lane.touched.push_back(this);
    } else {
        notify(nullptr);
    }
    return FLOWRUN_OK;
}

// What is to be done with a message for which there is no room: positive, try again; else the result.
std::int32_t Pump::overflow(Lane& lane, queue::Item& item) {
    Counts& counts = lane.counts[edge_.index];
    switch (edge_.spec->overflow) {
        case flow::Overflow::block: return wait_for_room(lane) ? 1 : static_cast<std::int32_t>(lane.error->code);
        case flow::Overflow::drop_newest:
            add(counts.accepted);
            add(counts.dropped);
            return FLOWRUN_OK;
        case flow::Overflow::drop_oldest: {
            queue::Item oldest;
            if (ring_.take(&oldest, 1) == 1) add(counts.dropped);
            return 1;
        }
        case flow::Overflow::error: break;
    }
    static_cast<void>(item);
    return failing(lane, Code::overflow,
                   fmt::format("the queue of {} is full ({} messages)", edge_.name, edge_.spec->buffer.messages),
                   edge_.from);
}

// Whoever waits says so (waiting_) before it looks a last time; whoever takes looks at waiting_ after it has taken.
bool Pump::wait_for_room(Lane& lane) {
    run_.pool.blocked(lane);
    if (lane.worker.load() == nullptr) notify(nullptr);
    std::unique_lock lock(mutex_);
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    std::int32_t status = 0;
    while (ring_.full()) {
        Time deadline = lane.deadline.load(std::memory_order_relaxed), now = run_.world.now();
        if (lane.cancelled.load() || lane.abandoned.load() || now >= deadline) {
            status = interrupted(lane);
            if (status != 0) break;
        }
        run_.world.wait(room_, lock, std::min(deadline, after(now, 100 * millisecond)));
    }
    waiting_.fetch_sub(1, std::memory_order_seq_cst);
    lock.unlock();
    run_.pool.unblocked(lane);
    if (status != 0) lane.error->message += fmt::format(", waiting for room in the queue of {}", edge_.name);
    return status == 0;
}

void Pump::stop() {
    if (backoff_ != 0) run_.world.cancel(backoff_);
}

void Pump::release_waiters() {
    std::scoped_lock lock(mutex_);
    run_.world.wake_all(room_);
}

// Something was taken. Waking at half full, not at each message, lets an emitter fill a stretch at a time.
void Pump::made_room() {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_relaxed) == 0) return;
    queue::Depth depth = ring_.depth();
    const flow::Buffer& buffer = edge_.spec->buffer;
    if (depth.messages != 0 && (depth.messages > buffer.messages / 2 || depth.bytes > buffer.bytes / 2)) return;
    std::vector<Pump*> pumps;
    {
        std::scoped_lock lock(mutex_);
        run_.world.wake_all(room_);
        pumps.swap(pumps_waiting_);
        waiting_.fetch_sub(static_cast<std::uint32_t>(pumps.size()), std::memory_order_seq_cst);
    }
    for (Pump* pump : pumps) {
        pump->stalled_.store(false, std::memory_order_seq_cst);
        pump->notify(nullptr);
    }
}

void Pump::notify(Lane* from) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    State idle = State::idle;
    if (state_.load(std::memory_order_relaxed) != State::idle) return;
    if (!has_work() || !state_.compare_exchange_strong(idle, State::queued)) return;
    run_.pool.post(*this, from);
}

bool Pump::has_work() const {
    if (stalled_.load(std::memory_order_acquire) || run_.cancelled.load(std::memory_order_relaxed)) return false;
    return resume_.load(std::memory_order_acquire) || (!ring_.empty() && !pending_.load(std::memory_order_acquire));
}

void Pump::run(Lane& lane) {
    constexpr unsigned stretch = 32;  // so often those who wait for room are told
    state_.store(State::running, std::memory_order_relaxed);
    std::uint64_t allowance = 0;
    for (unsigned done = 0; done < turn; ++done) {
        if (done % stretch == stretch - 1) made_room();
        if (allowance == 0 && !may_begin(allowance)) break;
        if (resume_.load(std::memory_order_relaxed) && resume_.exchange(false)) {
            deliver(lane);
        } else if (!begin(lane)) {
            break;
        }
        --allowance;
    }
    made_room();
    state_.store(State::idle, std::memory_order_seq_cst);
    notify(&lane);
    if (run_.draining.load(std::memory_order_seq_cst) && quiet()) run_.progress();
}

// The next message, unless one is still pending; false: there is none.
bool Pump::begin(Lane& lane) {
    if (pending_.load(std::memory_order_acquire)) return false;
    in_flight_.store(1, std::memory_order_release);  // before it leaves the queue: a drain never sees neither
    if (ring_.take(&item_, 1) == 0) {
        in_flight_.store(0, std::memory_order_release);
        return false;
    }
    attempt_ = 1;
    const Duration whole = edge_.spec->deadline;
    last_ = whole == 0 ? never : after(item_.queued, whole);
    deliver(lane);
    return true;
}

// A turn goes on only while the queues that its node would wait for have room, so that pool threads do not pile up there.
// `allowance`: for how many messages that need not be asked again; what others push meanwhile costs a wait at worst.
bool Pump::may_begin(std::uint64_t& allowance) {
    if (run_.cancelled.load(std::memory_order_relaxed) || stalled_.load(std::memory_order_acquire)) return false;
    allowance = turn;
    for (Edge* edge : edge_.to->blocking) {
        std::uint64_t room = edge->pump->ring_.room();
        if (room == 0 && edge->pump.get() != this && wait_for_downstream(*edge->pump)) return false;
        allowance = std::min(allowance, std::max<std::uint64_t>(room, 1));
    }
    return true;
}

// True: `full` will notify this pump when it has room.
bool Pump::wait_for_downstream(Pump& full) {
    std::scoped_lock lock(full.mutex_);
    stalled_.store(true, std::memory_order_seq_cst);
    full.waiting_.fetch_add(1, std::memory_order_seq_cst);
    if (!full.ring_.full()) {
        full.waiting_.fetch_sub(1, std::memory_order_seq_cst);
        stalled_.store(false, std::memory_order_seq_cst);
        return false;
    }
    full.pumps_waiting_.push_back(this);
    return true;
}

void Pump::deliver(Lane& lane) {
    const flow::EdgeSpec& spec = *edge_.spec;
    Entry entry;
    entry.attempt = true;
    entry.claims = attempt_ >= spec.retry.attempts;
    entry.number = attempt_;
    entry.queued = item_.queued;
    entry.then = this;
    entry.expires = std::min(last_, spec.timeout == 0 ? never : after(run_.watch.now(), spec.timeout));
    lane.parent = item_.meta.parent;
    lane.claimed = false;
    pending_.store(true, std::memory_order_relaxed);
    std::int32_t status = attempt(lane, edge_, &item_.meta, item_.body.get(), entry);
    lane.parent = 0;
    if (status == FLOWRUN_PENDING) return;
    if (status < 0 && retry(lane)) return;
    pending_.store(false, std::memory_order_relaxed);
    settle(lane, status);
}

// An attempt has failed. True: there will be another, after a wait that holds no thread; in fifo all behind it wait too.
// False: that was the last, and lane.error is what it ended with, an error route of the target's having been tried.
bool Pump::retry(Lane& lane) {
    const flow::EdgeSpec& spec = *edge_.spec;
    lane.error->attempts = std::max(lane.error->attempts, attempt_);
    if (attempt_ >= spec.retry.attempts) return false;
    bool again = !run_.cancelled.load() && worth_retrying(lane, edge_, &item_.meta, item_.body.get()) > 0;
    if (again) {
        Time now = run_.world.now();
        Time when = after(now, backoff(spec.retry, attempt_, *lane.error, lane.random()));
        if (when < last_) {
            add(lane.counts[edge_.index].retried);
            ++attempt_;
            lane.error.reset();
            backoff_ = run_.at(when, [this] {
                resume_.store(true, std::memory_order_seq_cst);
                notify(nullptr);
            });
            return true;
        }
    }
    lane.parent = item_.meta.parent;
    std::int32_t status = claim(lane, *edge_.to, &item_.meta, item_.body.get());
    lane.parent = 0;
    lane.claimed = status >= 0;
    return false;
}

// A delivery that was pending has its result; it may come while the turn that began it has not yet ended.
void Pump::result(Lane& lane, std::int32_t status) {
    if (status < 0 && retry(lane)) return;
    settle(lane, status);
    pending_.store(false, std::memory_order_seq_cst);
    notify(&lane);
    run_.progress();
}

void Pump::settle(Lane& lane, std::int32_t status) {
    Counts& counts = lane.counts[edge_.index];
    if (status < 0 && !lane.claimed) {
        add(counts.failed);
        run_.report(nullptr, &edge_, &item_.meta, *lane.error);
        lane.error.reset();
    } else {
        add(lane.claimed ? counts.claimed : counts.ok);
    }
    lane.claimed = false;
    lane.reply = {};
    item_.body = {};
    in_flight_.store(0, std::memory_order_release);
}

}  // namespace flowrun::engine
