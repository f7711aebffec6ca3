#pragma once
// One of the deliveries that an async edge may have in flight: a message, or a batch of them, with all its attempts.
//
//   waiting     at rest with its edge, no message
//   attempting  in its node, or pending there
//   backing off some of its messages are to be tried again, at a time
//   and then waiting again, when each has its final result.
//
// One thread at a time; its edge (edge/consumer.hh), which owns it, says what is delivered next.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/call/entry.hh"
#include "engine/edge/consumer.hh"
#include "engine/edge/keyed_queue.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {

class Delivery final : public Task, private Continuation {
public:
    explicit Delivery(Consumer& edge) : edge_(edge) {}

    void run(Thread& thread) override;

    // --- its edge's, with the edge's lock or while the delivery waits ---
    std::vector<QueuedMessage> messages;  // that have no final result yet
    std::uint32_t attempt = 1;
    bool scheduled = false;      // posted, and has not yet taken a message
    bool in_quarantine = false;  // its message is tried before all others (room/quarantine.hh)
    bool executing = false;      // counted among those that have a component to answer
    World::TimerId backoff = 0;  // of a delivery that is backing off
    Time backs_off_until = 0;
    std::uint64_t bytes() const;
    std::uint32_t first_attempt() const;  // of messages that may have been tried in an earlier run
    // The handler of its one message has been called, in the frame that is the newest: what comes of that.
    CallResult finish_straight(ThreadContext& thread, Call& call, std::int32_t status);

private:
    using Results = std::vector<CallResult>;

    Continuation* lasting(ThreadContext&) override { return this; }
    void awaits(Awaited*) override {}
    void result(ThreadContext& thread, CallResult result) override;

    Delivery* turn(ThreadContext& thread);
    Time not_due(ThreadContext& thread);
    Delivery* straight_turn(ThreadContext& thread, unsigned& turns, unsigned most);
    CallResult make_attempt(ThreadContext& thread);
    CallResult attempt_one(ThreadContext& thread, Entry entry);
    CallResult attempt_list(ThreadContext& thread, Entry entry);
    const queue::Meta* joint_meta();
    CallResult attempt_each(ThreadContext& thread, Entry entry);
    Entry entry_of(std::uint32_t number);
    bool refuse(ThreadContext& thread);
    Results results_for(CallResult whole);
    bool end_attempt(ThreadContext& thread, Results results);
    bool end_attempt(ThreadContext& thread, CallResult result);
    bool tries_again(ThreadContext& thread, const QueuedMessage& message, CallResult& result);
    bool settle(ThreadContext& thread, QueuedMessage& message, CallResult result);
    void write_timeouts(ThreadContext& thread, const Results& results);

    Consumer& edge_;
    bool routed_ = false;   // the attempt asks the target's error route by itself
    bool guarded_ = false;  // the attempt may be abandoned
    Time begun_ = 0;        // of the attempt, where it is traced and guarded
    Time next_try_ = 0;
    // Of a batch that is handled as a list, where a source waits for what comes of it; the unit until the attempt has its result.
    queue::Meta joint_;
    queue::Receipt::Unit joint_unit_;
    // Of a batch whose messages have a result each. Shared with the attempt, which may be abandoned and write into it when
    // the delivery has long gone on.
    std::shared_ptr<Results> each_;
};

}  // namespace flowrun::engine
