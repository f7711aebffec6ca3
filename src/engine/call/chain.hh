#pragma once
// The end of a chain of hops: what is left of it once its result is known (instance locks, deadlines, spans, the account, error
// routes), on the thread that made it or, where that could not finish it, without one.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/mutex.hh"
#include "engine/call/call_result.hh"
#include "engine/call/continuation.hh"
#include "engine/call/enter.hh"
#include "engine/call/thread_context.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {

// Ends the hops above `base`, newest first, and passes the result up through them, error routes included. PENDING, only where
// there is a `then`: an error route has to wait; what is left goes on by itself, and `then` has the result.
CallResult leave_frames(ThreadContext& thread, std::size_t base, CallResult result, Continuation* then);

// Of the newest frame, a run of plain hops that ended well: all that is left to be done.
inline void end_plain_run(ThreadContext& thread);

// What a frame holds for its message.
void free_frame(ThreadContext& thread, const Frame& frame);

// A chain that may yet have to leave its thread: lies on the stack of who runs it.
class SuspendedChain final : public Continuation {
public:
    // The frames above `base`; their result goes to `then`.
    SuspendedChain(std::size_t base, Continuation* then) : base_(base), then_(then) {}

    Continuation* lasting(ThreadContext& thread) override;
    void awaits(Awaited*) override {}
    void result(ThreadContext&, CallResult) override {}

private:
    const std::size_t base_;
    Continuation* const then_;
};

// A chain that goes on without a thread: its frames, moved from the call stack of the thread that could not finish it. What it
// waits for (an answer, room in a queue) is given up when the deadline that was in force passes.
class DetachedChain final : public Continuation, public Task {
public:
    // Moves the frames above `base` off the thread. Owns itself until it has passed the result on.
    static DetachedChain& detach(ThreadContext& thread, std::size_t base);
    // Puts them back, the deadline with them: their result is wanted on this thread, or nowhere.
    static void attach(ThreadContext& thread, DetachedChain& chain);

    void goes_on_with(Continuation& then) { then_ = &then; }
    Continuation* lasting(ThreadContext&) override { return this; }
    void awaits(Awaited* awaited) override;
    bool notes(const CallResult& result) const override { return !result.failed() && then_->notes(result); }
    void result(ThreadContext& thread, CallResult result) override;
    void run(Thread& thread) override;  // its time is up

private:
    explicit DetachedChain(RunContext& run) : run_(run) {}
    ~DetachedChain() = default;
    void put_on(ThreadContext& thread) const;
    void expire();
    void release();

    RunContext& run_;
    Continuation* then_ = nullptr;
    trace::SpanId parent_ = 0;
    Time expires_ = never;
    const Node* node_ = nullptr;  // that it was in when it was detached
    Frame first_;                 // most chains have but one
    std::vector<Frame> others_;
    std::atomic<std::uint32_t> owners_{2};  // who has its result, who made it, a timer

    Mutex mutex_{LockRank::chain};
    bool over_ GUARDED_BY(mutex_) = false, told_ GUARDED_BY(mutex_) = false;
    Awaited* awaited_ GUARDED_BY(mutex_) = nullptr;
    World::TimerId timer_ GUARDED_BY(mutex_) = 0;
};

inline void end_plain_run(ThreadContext& thread) {
    Frame& frame = thread.stack.back();
    unlock_instance(frame);
    restore_deadline(thread, frame);
    // A delivery's owner counts its edge.
    const Edge* first = !frame.attempt ? frame.first : frame.edge == frame.first ? nullptr : frame.first->next;
    if (first != nullptr) {
        add(thread.runs[first->index].begun);
        add(thread.runs[frame.edge->index].ended);
    }
    if (frame.scratch != nullptr) thread.scratch.release(frame.scratch);
    thread.stack.pop();
}

}  // namespace flowrun::engine
