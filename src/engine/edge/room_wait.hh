#pragma once
// One message that waits to get into an async edge's queue: for room, and then for the queue to say that it holds it. Whoever
// sent it waits on his thread, or goes on by a continuation.

#include <cstdint>

#include "engine/call/continuation.hh"
#include "engine/call/thread_context.hh"
#include "engine/room/room.hh"
#include "engine/schedule/task.hh"
#include "queue/queue.hh"

namespace flowrun::engine {

class AsyncEdge;

class RoomWait final : public Room::Waiter, public Awaited, public Task {
public:
    // The thread that made it waits: see done().
    RoomWait(AsyncEdge& edge, queue::Item item, ThreadContext& waiter);
    // Nobody waits; it owns itself, and `then` has the result.
    RoomWait(AsyncEdge& edge, queue::Item item, Continuation& then);

    void admitted() override;
    void go_on(bool admitted) override;
    bool has_thread() const { return waiter_ != nullptr; }
    bool withdraw() override;
    void discard() override { delete this; }
    void run(Thread& thread) override;

    // The queue's answer; nullptr: it holds the message.
    void answered(const Error* why);
    // With the waiter's mutex held.
    bool done() const {
        waiter_->mutex.must_be_held();
        return done_;
    }

    queue::Item item;
    CallResult result;

private:
    friend class AsyncEdge;
    void finish(CallResult with);

    AsyncEdge& edge_;
    ThreadContext* const waiter_;
    Continuation* const then_;
    std::uint64_t turn_ = 0;  // of the pushes into its queue, in the order of admission
    std::uint64_t push_ = 0;  // not 0: it has room, and its push has no answer yet
    bool done_ GUARDED_BY(waiter_->mutex) = false;
};

}  // namespace flowrun::engine
