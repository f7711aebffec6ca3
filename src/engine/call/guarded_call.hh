#pragma once
// A call with a deadline into code that may never look. Its caller awaits it like a pending call: with a continuation, while it
// runs on the caller's own thread, which may be given up; or, where the caller is foreign code that waits, as a task on
// another. When its time is up (and a moment more, in which the callee's own waits may end and say so) the call is abandoned:
// its caller goes on with a timeout, nothing that it still does counts, and what it owns is reclaimed when it comes back.
//
// Promises: the caller has a result within timeout and grace, whatever the callee does. Not promised: that the callee ever
// ends; while it has not, its node is counted in NodeState::abandoned, and it keeps a thread.

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/mutex.hh"
#include "engine/call/call_edge.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {

class GuardedCall final : public Task, private Continuation {
public:
    // More than this many abandoned calls at once are refused with `unavailable`: a flow in that state is not served by
    // more threads.
    static constexpr std::uint32_t most_abandoned = 2048;
    static constexpr Duration grace = 15 * millisecond;

    // What is guarded: it owns all that it needs, since it may outlive its caller's patience.
    using Work = std::function<CallResult(ThreadContext&, const Entry&)>;

    // As call_edge; the timeout is the edge's own, from the moment when the call begins. The error route is not asked.
    static CallResult call(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                           const Entry& entry);
    static CallResult call(ThreadContext& thread, const Edge& edge, Work work, const Entry& entry);
    // Whether a call with this entry has to be guarded: its time is less than what is in force, and the callee may never look.
    static bool wanted(ThreadContext& thread, const Edge& edge, const Entry& entry);

    void run(Thread& thread) override;

private:
    GuardedCall(ThreadContext& thread, const Edge& edge, Work work, const Entry& entry);
    ~GuardedCall() = default;

    CallResult await(ThreadContext& thread);
    Continuation* lasting(ThreadContext& thread) override;
    void awaits(Awaited*) override {}
    void result(ThreadContext& thread, CallResult result) override { end(thread, std::move(result)); }
    bool begin(ThreadContext& thread);
    void end(ThreadContext& thread, CallResult result);
    void come_back(ThreadContext& thread) REQUIRES(mutex_);
    bool abandon() REQUIRES(mutex_);
    void expire();
    CallResult timed_out() const REQUIRES(mutex_);
    void release();

    RunContext& run_;
    const Edge& edge_;
    const Work work_;
    Entry entry_;
    const trace::SpanId parent_;
    const std::uint32_t depth_;
    Thread::Deadline deadline_;             // of the caller
    std::atomic<std::uint32_t> owners_{2};  // the call, its caller, a timer
    Continuation* then_ = nullptr;

    enum class State : std::uint8_t { waiting, running, detached, done, abandoned };
    Mutex mutex_{LockRank::guarded_call};
    State state_ GUARDED_BY(mutex_) = State::waiting;
    ThreadContext* runs_on_ GUARDED_BY(mutex_) = nullptr;
    const Node* stuck_in_ GUARDED_BY(mutex_);  // where it was when it was given up
    ThreadContext* waiter_ GUARDED_BY(mutex_) = nullptr;
    World::TimerId timer_ GUARDED_BY(mutex_) = 0;
    Time begun_ GUARDED_BY(mutex_) = 0;
    CallResult result_ GUARDED_BY(mutex_);
};

}  // namespace flowrun::engine
