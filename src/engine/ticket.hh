#pragma once
// A pending call: its handler has returned, its result comes by `complete`. Owned by both who will complete it and who
// waits for the result; the later of the two frees it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.hh"
#include "engine/call.hh"
#include "engine/task.hh"
#include "engine/trail.hh"

namespace flowrun::engine {

class Lane;
class Pump;
class Run;

// What goes on when a detached chain of hops has its result: an async edge's delivery, an emit_async.
class Continuation {
public:
    // On a pool thread. `error` and `reply` are the lane's. Tells of progress where that may end a wait of the runner.
    virtual void result(Lane& lane, std::int32_t status) = 0;
    // The chain has become pending and is about to leave this lane; the result may come at once, elsewhere. False: nobody
    // wants it any more.
    virtual bool detaching(Lane&) { return true; }

protected:
    ~Continuation() = default;
};

class Ticket final : public Task {
public:
    // Makes the call pending. The call's extra and message are the ticket's from now on.
    static Ticket* open(Call& call);
    // The handle that a plugin holds: not a pointer, so that one which is used up is known as such. Memory of tickets is
    // used again for tickets and never given back, and each use has a number.
    flowrun_ticket* handle() const;
    static Ticket* of(flowrun_ticket* handle);  // nullptr: used up

    flowrun_call* call();  // for the thread that asks
    // Nobody wants the result any more: whoever emits from it is refused.
    bool is_dead() const { return state_.load() == State::dead; }
    // From the plugin, once. False: nobody wants the result any more.
    bool complete(std::int32_t status, const value::Node* reply, std::unique_ptr<Error> error);
    void release();

    // The emitter waits on its lane: the result, or why it gave up waiting.
    std::int32_t await(Lane& lane);
    // Nobody waits: when the result is there, `then` has it, with the hops settled.
    void detach(Lane& lane, std::size_t base, Time expires, Continuation& then);

    void run(Lane& lane) override;  // settles a detached chain
    void wake(Lane&) override {}

private:
    enum class State : std::uint8_t { open, completed, dead };

    Ticket() = default;
    ~Ticket() = default;
    friend std::default_delete<Ticket[]>;
    class Stock;
    static Stock& stock();
    void clear();
    bool end(State as);
    void expire();
    std::int32_t take_result(Lane& lane);
    void settle(Lane& lane);
    Pump* full_on_failure() const;
    bool park(Pump& full);  // true: it may be gone as soon as this returns

    Run* run_ = nullptr;
    std::atomic<std::uint16_t> use_{1};  // of this memory; part of the handle
    std::atomic<State> state_{State::open};
    std::atomic<std::uint32_t> owners_{2};
    std::atomic<bool> completed_{false};
    Call call_;
    queue::Meta meta_;
    value::Value message_;

    std::int32_t status_ = 0;  // written before state_ is completed
    std::unique_ptr<Error> error_;
    value::Value reply_;

    // One of: a lane that waits, or a detached chain. Guarded by state_'s change and the mutex.
    std::mutex mutex_;
    Lane* waiter_ = nullptr;
    Continuation* then_ = nullptr;
    bool ended_ = false;  // has a result or is dead
    bool has_hop_ = false;
    Hop first_hop_;          // most chains have but one
    std::vector<Hop> hops_;  // the others
    Pump* waits_for_ = nullptr;
    trace::SpanId parent_ = 0;
    World::TimerId timer_ = 0;
};

}  // namespace flowrun::engine
