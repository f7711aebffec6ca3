#pragma once
// A thread's place in the run: the calls on its stack, the deadline in force, what it has counted. A source has one, so
// has each pool thread, each companion, and each foreign thread that calls in.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.hh"
#include "base/world.hh"
#include "engine/call.hh"
#include "engine/counts.hh"
#include "engine/trail.hh"
#include "expr/frame.hh"
#include "value/value.hh"

namespace flowrun::engine {

class Companion;
class Delivery;
class Pump;
class Run;
struct Edge;
struct Node;

class Lane {
public:
    Lane(Run& run, std::size_t edges, std::uint64_t seed);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    Run& run;
    std::unique_ptr<Counts[]> counts;  // by edge
    std::unique_ptr<Runs[]> runs;      // likewise
    Counts::Number begun{0};           // messages that its source has emitted

    // Set by the watch when the deadline has passed, and when the lane is cancelled: a hint that makes the next hop look.
    std::atomic<std::uint32_t> interrupt{0};
    std::atomic<Time> deadline{never};  // of the calls now on the stack; written by this lane alone
    Duration allowed = never;           // from the moment it was set to the deadline, at the least
    void set_deadline(Time at);
    std::atomic<bool> cancelled{false};  // the run ends now
    std::atomic<bool> abandoned{false};  // its caller has given it up: nothing that it does counts any more

    std::uint32_t depth = 0;  // of nested calls
    Trail trail;

    // The result of what has just returned to the engine.
    std::unique_ptr<Error> error;  // there is one whenever a negative status is on its way up
    value::Value reply;            // empty: none
    bool claimed = false;          // of the hop settled last: an error route took its failure

    trace::SpanId parent = 0;  // of the next hop
    bool at_once = false;      // in what an emit without waiting has begun in place
    std::uint64_t number();    // the next message's
    std::uint64_t random();    // for span and trace ids, jitter

    // For waits of calls on this lane; wake() ends them so that they look again.
    std::mutex mutex;
    Condition woken;
    std::uint64_t wakes = 0;  // guarded by the mutex
    void wake();

    // A delivery that the watch gives up when it has not returned by `until`. Ends before anything else uses the lane.
    void take_charge(Delivery* delivery, Time until);
    void leave_charge();
    // By the watch: gives up the delivery whose time is over; what is to be run in its place, or nullptr.
    Delivery* give_up(Time now);
    bool overdue(Time now) const { return charge_until_.load(std::memory_order_relaxed) <= now; }

    // What the innermost call waits for, for those who look on.
    enum class Wait : std::uint8_t { none, time, descriptor, gate, answer, branches, room };
    std::atomic<Wait> waits{Wait::none};
    std::atomic<const Edge*> waits_for{nullptr};  // room: whose queue

    std::atomic<void*> worker{nullptr};    // of the pool, when it is one of its threads
    std::vector<Pump*> touched;            // async edges that were given messages and are told at the end of the turn
    std::unique_ptr<Companion> companion;  // made when first needed

    expr::Frame frame;  // for expressions; the constants are filled
    Extra& lend();
    void give_back(Extra* extra);

private:
    std::atomic<Time> charge_until_{never};  // written with the mutex held
    Delivery* charge_ = nullptr;             // guarded by the mutex

    std::uint64_t seed_;
    std::uint64_t next_number_ = 0, last_number_ = 0;
    std::vector<std::unique_ptr<Extra>> spare_;
};

}  // namespace flowrun::engine
