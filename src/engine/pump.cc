#include "engine/pump.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/crew.hh"
#include "engine/hops.hh"
#include "engine/run.hh"
#include "engine/single.hh"
#include "engine/task.hh"

namespace flowrun::engine {
namespace {

queue::Ring::Bounds bounds_of(const flow::EdgeSpec& spec) {
    return {std::max<std::uint64_t>(spec.buffer.messages, 1), spec.buffer.bytes};
}

// Its time in the queue is asked for by the trace, by a deadline that runs from acceptance, and by a batch that lingers.
bool needs_time(const Run& run, const Edge& edge) {
    return run.observer != nullptr || edge.spec->deadline != 0 || edge.spec->batch_linger != 0;
}

}  // namespace

std::unique_ptr<Pump> Pump::make(Run& run, Edge& edge) {
    const flow::EdgeSpec& spec = *edge.spec;
    bool plain = spec.workers_max == 1 && spec.batch_max == 1 && spec.rate == 0 && spec.deadline == 0 &&
                 spec.order == flow::Order::fifo && !edge.foreign;
    if (plain) return std::make_unique<Single>(run, edge);
    return std::make_unique<Crew>(run, edge);
}

Pump::Pump(Run& run, Edge& edge) : run_(run), edge_(edge), ring_(bounds_of(*edge.spec)) {}

std::int32_t Pump::push(Lane& lane, queue::Item&& item) {
    if (lane.interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]] {
        if (std::int32_t status = interrupted(lane); status != 0) return status;
    }
    run_.step();
    if (needs_time(run_, edge_)) item.queued = run_.world.now();
    while (ring_.push(&item, 1) == 0) {
        std::int32_t status = overflow(lane);
        if (status <= 0) return status;
    }
    add(lane.counts[edge_.index].accepted);
    run_.step();
    if (lane.worker.load(std::memory_order_relaxed) != nullptr) {
        // A worker tells at the end of its turn, or at once where nobody is at work.
        if (!at_work()) notify(&lane);
        if (lane.touched.empty() || lane.touched.back() != this) lane.touched.push_back(this);
    } else {
        notify(nullptr);
    }
    return FLOWRUN_OK;
}

// What is to be done with a message for which there is no room: positive, try again; else the result.
std::int32_t Pump::overflow(Lane& lane) {
    Counts& counts = lane.counts[edge_.index];
    switch (edge_.spec->overflow) {
        case flow::Overflow::block: return wait_for_room(lane) ? 1 : static_cast<std::int32_t>(lane.error->code);
        case flow::Overflow::drop_oldest:
            if (drop_oldest()) {
                add(counts.dropped);
                return 1;
            }
            [[fallthrough]];  // all that is held is being tried again: the newest goes
        case flow::Overflow::drop_newest:
            add(counts.accepted);
            add(counts.dropped);
            return FLOWRUN_OK;
        case flow::Overflow::error: break;
    }
    return failing(lane, Code::overflow,
                   fmt::format("the queue of {} is full ({} messages)", edge_.name, edge_.spec->buffer.messages),
                   edge_.from);
}

// Whoever waits says so (waiting_) before it looks a last time; whoever takes looks at waiting_ after it has taken.
bool Pump::wait_for_room(Lane& lane) {
    lane.waits_for.store(&edge_, std::memory_order_release);
    run_.pool.blocked(lane, Lane::Wait::room);
    run_.room_waits.fetch_add(1, std::memory_order_relaxed);
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
    run_.room_waits.fetch_sub(1, std::memory_order_relaxed);
    run_.pool.unblocked(lane);
    if (status != 0) lane.error->message += fmt::format(", waiting for room in the queue of {}", edge_.name);
    return status == 0;
}

void Pump::release_waiters() {
    std::deque<Task*> tasks;
    {
        std::scoped_lock lock(mutex_);
        run_.world.wake_all(room_);
        tasks.swap(parked_);
        waiting_.fetch_sub(static_cast<std::uint32_t>(tasks.size()), std::memory_order_seq_cst);
    }
    for (Task* task : tasks) run_.pool.post(*task, nullptr);
}

bool Pump::crowded(const Run& run) {
    constexpr std::uint32_t most = 256;
    return run.room_waits.load(std::memory_order_relaxed) >= most;
}

bool Pump::park(Task& task) {
    std::scoped_lock lock(mutex_);
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    if (!ring_.full() || run_.cancelled.load()) {
        waiting_.fetch_sub(1, std::memory_order_seq_cst);
        return false;
    }
    parked_.push_back(&task);
    return true;
}

// Waking at half full, not at each message, lets an emitter fill a stretch at a time.
void Pump::made_room(std::uint64_t ready) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_relaxed) == 0) return;
    const flow::Buffer& buffer = edge_.spec->buffer;
    // What is held for another attempt may stay for long: nobody waits for that.
    const std::uint64_t queued = ring_.queued();
    if (queued != 0 && (queued > buffer.messages / 2 || ring_.depth().bytes > buffer.bytes / 2)) return;
    if (ready != 0 && queued + ready > buffer.messages / 2) return;
    std::vector<Pump*> pumps;
    std::vector<Task*> tasks;  // as many as there is room for: each that has run makes way for the next
    {
        std::scoped_lock lock(mutex_);
        run_.world.wake_all(room_);
        pumps.swap(pumps_waiting_);
        const std::uint64_t room = std::max<std::uint64_t>(ring_.room(), 1);
        for (; !parked_.empty() && tasks.size() < room; parked_.pop_front()) tasks.push_back(parked_.front());
        waiting_.fetch_sub(static_cast<std::uint32_t>(pumps.size() + tasks.size()), std::memory_order_seq_cst);
    }
    for (Task* task : tasks) run_.pool.post(*task, nullptr);
    for (Pump* pump : pumps) {
        pump->stalled_.store(false, std::memory_order_seq_cst);
        pump->notify(nullptr);
    }
}

// A turn goes on only while the queues that its node would wait for have room, so that pool threads do not pile up there;
// what others push meanwhile costs a wait at worst.
std::uint64_t Pump::room_downstream(std::uint64_t wanted) {
    if (run_.cancelled.load() || stalled()) return 0;
    for (Edge* edge : edge_.to->blocking) {
        std::uint64_t room = edge->pump->ring_.room();
        if (room == 0 && edge->pump.get() != this && wait_for_downstream(*edge->pump)) return 0;
        wanted = std::min(wanted, std::max<std::uint64_t>(room, 1));
    }
    return wanted;
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

Time last_of(const Edge& edge, Time queued) {
    const Duration whole = edge.spec->deadline;
    return whole == 0 ? never : after(queued, whole);
}

}  // namespace flowrun::engine
