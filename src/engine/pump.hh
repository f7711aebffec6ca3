#pragma once
// An async edge: emitters push into its queue on one side, its deliveries run on the pool on the other. This is what both
// sides share: the ring, its bounds, and who waits for room. How deliveries are made differs: one at a time (Single), or
// several, by key, in batches, at a rate (Crew).

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/world.hh"
#include "engine/graph.hh"
#include "queue/ring.hh"

namespace flowrun::engine {

class Lane;
class Run;
class Task;

class Pump {
public:
    // The kind that the edge's policy asks for.
    static std::unique_ptr<Pump> make(Run& run, Edge& edge);
    virtual ~Pump() = default;
    Pump(const Pump&) = delete;
    Pump& operator=(const Pump&) = delete;

    // From an emitter. OK: accepted (or dropped by the edge's policy); else lane.error says why not.
    std::int32_t push(Lane& lane, queue::Item&& item);
    // There may be something to do. `from`: the lane of the calling thread, or nullptr.
    virtual void notify(Lane* from) = 0;

    queue::Depth depth() const { return ring_.depth(); }
    // Accepted messages that have left the ring and have no result yet, those in backoff included.
    std::uint64_t in_flight() const { return in_flight_.load(std::memory_order_acquire); }
    // Deliveries that a component has been entered for and that have no result yet.
    virtual std::uint64_t executing() const = 0;
    // Nothing queued, and nothing in delivery. in_flight_ goes up before a message leaves the ring.
    bool quiet() const { return ring_.empty() && in_flight() == 0; }
    std::uint64_t left() const { return ring_.queued() + in_flight(); }

    // Nothing more will come from outside its part of the graph: a batch that is not full goes as it is.
    virtual void flush() {}
    // The run is being stopped: what is in backoff is tried once more, now.
    virtual void hurry() = 0;
    // Nothing is in progress any more, and nothing will begin.
    virtual void stop() = 0;
    // Ends waits for room: the run is cancelled.
    void release_waiters();
    // So many threads wait for room already that a task which may have to as well is better parked: they could all be
    // taken, and none left for the deliveries that make room. Before that each waits for itself, since a task that is
    // parked in a queue further down waits for it even where its message goes elsewhere.
    static bool crowded(const Run& run);
    // A task that would push here, and must not hold a thread until there is room. True: it is posted again; false: there
    // is room now. Once it has run, whatever it did, it calls passed_on().
    bool park(Task& task);
    void passed_on() { made_room(); }
    bool full() const { return ring_.full(); }
    const Edge& edge() const { return edge_; }

protected:
    Pump(Run& run, Edge& edge);

    // Whether all that may work is at work, and will look for more before it rests.
    virtual bool at_work() const = 0;
    // Makes room for one by dropping the oldest that is not in delivery; false: there is none.
    virtual bool drop_oldest() = 0;
    // Something was taken: tells those who wait for room, unless it is yet too little. `ready` have left the ring, and are
    // held only until somebody takes them.
    void made_room(std::uint64_t ready = 0);
    // Of the queues that the target would wait for: for how many messages there is room; 0: one is full, and will notify
    // this pump when it no longer is.
    std::uint64_t room_downstream(std::uint64_t wanted);
    bool stalled() const { return stalled_.load(std::memory_order_acquire); }

    Run& run_;
    Edge& edge_;
    queue::Ring ring_;
    std::atomic<std::uint64_t> in_flight_{0};

private:
    bool wait_for_room(Lane& lane);
    std::int32_t overflow(Lane& lane);
    bool wait_for_downstream(Pump& full);

    std::atomic<bool> stalled_{false};       // a queue that this one's node would wait for is full
    std::atomic<std::uint32_t> waiting_{0};  // emitters, pumps and tasks that wait for room here
    std::mutex mutex_;                       // guards the rest
    Condition room_;
    std::vector<Pump*> pumps_waiting_;
    std::deque<Task*> parked_;
};

// An edge's deadline for a message accepted at `queued`.
Time last_of(const Edge& edge, Time queued);

}  // namespace flowrun::engine
