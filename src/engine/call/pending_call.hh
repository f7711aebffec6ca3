#pragma once
// A call whose handler has returned and that answers by `complete`. Owned by both who will complete it and who waits for the
// result; the later of the two gives it back.
//
// Promises: complete() works once, on any thread, however late; a handle that is used up is known as such. Memory of pending
// calls is used again for pending calls and never given back, since a plugin may hold a handle for as long as it likes.

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/mutex.hh"
#include "engine/call/continuation.hh"
#include "engine/call/thread_context.hh"
#include "engine/schedule/task.hh"

namespace flowrun::engine {

class PendingCall final : public Task, public Awaited {
public:
    // Makes the call pending. The call's scratch and message are the pending call's from now on.
    static PendingCall* open(Call& call);
    // The handle that a plugin holds: not a pointer; each use of the memory has a number.
    flowrun_ticket* handle() const;
    static PendingCall* of(flowrun_ticket* handle);  // nullptr: used up

    flowrun_call* call();  // for the thread that asks
    // Nobody wants the result any more: whoever emits from it is refused.
    bool is_dead() const { return state_.load() == State::dead; }
    // From the plugin, once. False: nobody wants the result any more.
    bool complete(std::int32_t status, const value::Node* reply, std::unique_ptr<Error> error);
    void release();

    // The emitter waits on its thread: the result, or why it gave up waiting.
    CallResult await(ThreadContext& thread);
    // Nobody waits: when the result is there, `then` has it.
    void detach(Continuation& then);
    bool withdraw() override;
    void discard() override { release(); }

    void run(Thread& thread) override;  // passes the result to `then`

private:
    enum class State : std::uint8_t { open, completed, dead };

    PendingCall() = default;
    ~PendingCall() = default;
    friend std::default_delete<PendingCall[]>;
    class Stock;
    static Stock& stock();
    void clear();
    bool end(State as);
    CallResult take_result(ThreadContext& thread);

    RunContext* run_ = nullptr;
    std::atomic<std::uint16_t> use_{1};  // of this memory; part of the handle
    std::atomic<State> state_{State::open};
    std::atomic<std::uint32_t> owners_{2};
    std::atomic<bool> completed_{false};
    Call call_;
    queue::Meta meta_;
    value::Value message_;
    trace::SpanId parent_ = 0;

    std::int32_t status_ = 0;  // written before state_ is completed
    std::unique_ptr<Error> error_;
    value::Value reply_;

    Mutex mutex_{LockRank::pending_call};
    ThreadContext* waiter_ GUARDED_BY(mutex_) = nullptr;  // who has to be told
    Continuation* then_ GUARDED_BY(mutex_) = nullptr;     // likewise
    bool ended_ GUARDED_BY(mutex_) = false;               // has a result
};

}  // namespace flowrun::engine
