#pragma once
// The working side of an async edge: takes messages from its queue and delivers them, a turn at a time, on the pool. All
// of a turn's state is touched by one thread at a time; what others bring (messages, completions, room) comes through
// the queue, atomics, or under the lock.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/world.hh"
#include "engine/graph.hh"
#include "engine/task.hh"
#include "engine/ticket.hh"
#include "queue/ring.hh"

namespace flowrun::engine {

class Lane;
class Run;

class Pump final : public Task, private Continuation {
public:
    Pump(Run& run, Edge& edge);
    ~Pump();

    // From an emitter. OK: accepted (or dropped by the edge's policy); else lane.error says why not.
    std::int32_t push(Lane& lane, queue::Item&& item);
    // There may be something to do. `from`: the lane of the calling thread, or nullptr.
    void notify(Lane* from);
    void run(Lane& lane) override;
    void wake(Lane& lane) override { notify(&lane); }

    bool room() const { return !ring_.full(); }
    // Nothing queued, and nothing in delivery.
    bool quiet() const { return ring_.empty() && in_flight_.load(std::memory_order_acquire) == 0; }
    queue::Depth depth() const { return ring_.depth(); }
    std::uint64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
    // Nothing is in progress any more, and nothing will begin.
    void stop();
    // Ends waits for room: the run is cancelled.
    void release_waiters();
    const Edge& edge() const { return edge_; }

private:
    enum class State : std::uint8_t { idle, queued, running };
    static constexpr unsigned turn = 256;  // messages at most

    // Emitters' side.
    bool wait_for_room(Lane& lane);
    std::int32_t overflow(Lane& lane, queue::Item& item);
    // The turn's side.
    bool may_begin(std::uint64_t& allowance);
    bool wait_for_downstream(Pump& full);
    bool begin(Lane& lane);
    void deliver(Lane& lane);
    bool retry(Lane& lane);
    void result(Lane& lane, std::int32_t status) override;
    void settle(Lane& lane, std::int32_t status);
    void made_room();
    bool has_work() const;

    Run& run_;
    Edge& edge_;
    queue::Ring ring_;
    std::atomic<State> state_{State::idle};
    std::atomic<std::uint64_t> in_flight_{0};
    std::atomic<bool> pending_{false};  // a delivery has no result yet: fifo waits for it
    std::atomic<bool> resume_{false};   // the message in delivery is to be tried again now
    std::atomic<bool> stalled_{false};  // another queue that this one's node would wait for is full
    queue::Item item_;                  // in delivery
    std::uint32_t attempt_ = 1;         // of that
    Time last_ = never;                 // when its deadline passes
    World::TimerId backoff_ = 0;

    std::atomic<std::uint32_t> waiting_{0};  // emitters and pumps that wait for room here
    std::mutex mutex_;                       // guards the rest
    Condition room_;
    std::vector<Pump*> pumps_waiting_;
};

}  // namespace flowrun::engine
