#include "engine/call/guarded_call.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"

namespace flowrun::engine {

bool GuardedCall::wanted(ThreadContext& thread, const Edge& edge, const Entry& entry) {
    if (!edge.foreign) return false;
    const Time now = thread.world.now();
    const Time expires = std::min(entry.last, edge.spec->timeout == 0 ? never : after(now, edge.spec->timeout));
    return expires < thread.deadline();
}

GuardedCall::GuardedCall(ThreadContext& thread, const Edge& edge, Work work, const Entry& entry)
    : run_(thread.run), edge_(edge), work_(std::move(work)), entry_(entry), parent_(thread.parent),
      depth_(thread.depth), deadline_{thread.deadline(), thread.allowed()}, stuck_in_(edge.to) {
    entry_.routes_error = false;
    entry_.item = nullptr;
    entry_.then = this;
    run_.part_of(*edge_.to).enter();
}

CallResult GuardedCall::call(ThreadContext& thread, const Edge& edge, const queue::Meta* meta,
                             const value::Node* message, const Entry& entry) {
    auto work = [&edge, own = meta != nullptr ? *meta : queue::Meta{}, body = value::Value::keep(*message)](
                    ThreadContext& on, const Entry& how) { return call_edge(on, edge, &own, body.get(), how); };
    return call(thread, edge, std::move(work), entry);
}

CallResult GuardedCall::call(ThreadContext& thread, const Edge& edge, Work work, const Entry& entry) {
    RunContext& run = thread.run;
    if (run.totals.abandoned.load() >= most_abandoned) {
        return failure(
            Code::unavailable,
            fmt::format("{} calls have been given up and have not returned; no more are begun", most_abandoned),
            edge.to);
    }
    auto& guarded = *new GuardedCall(thread, edge, std::move(work), entry);
    guarded.then_ = entry.then == nullptr ? nullptr : entry.then->lasting(thread);
    if (guarded.then_ == nullptr) return guarded.await(thread);
    // Nobody waits on this thread: it is given up with the call, and another goes on.
    guarded.run(thread);
    guarded.release();
    return CallResult::later();
}

// The emitter's own deadline ends its wait as well.
CallResult GuardedCall::await(ThreadContext& thread) {
    {
        MutexLock lock(mutex_);
        waiter_ = &thread;
    }
    run_.scheduler.post(*this, nullptr);
    run_.scheduler.blocked(thread, Thread::Wait::answer);
    const Time until = after(thread.deadline(), grace);
    CallResult result;
    for (bool over = false; !over;) {
        {
            MutexLock lock(mutex_);
            const bool gives_up = thread.cancelled.load() || thread.abandoned.load() || thread.world.now() >= until;
            if (state_ == State::done) {
                result = std::move(result_);
                over = true;
            } else if (state_ == State::abandoned || (gives_up && abandon())) {
                result = interrupted(thread);  // the emitter's own reason goes before the edge's
                if (!result.failed()) result = timed_out();
                over = true;
            }
            if (over) waiter_ = nullptr;
        }
        if (over) break;
        MutexLock waiting(thread.mutex);
        // What ends the wait sets one of these with this mutex held, or before it takes it.
        if (std::exchange(thread.told, false) || thread.cancelled.load() || thread.abandoned.load()) continue;
        thread.world.wait(thread.woken, waiting, until);
    }
    run_.scheduler.unblocked(thread);
    release();
    return result;
}

void GuardedCall::run(Thread& on) {
    ThreadContext& thread = context_of(on);
    if (!begin(thread)) return release();
    const std::uint32_t depth = std::exchange(thread.depth, depth_);
    const trace::SpanId parent = std::exchange(thread.parent, parent_);
    const bool guarded = std::exchange(thread.guarded, true);
    thread.swap_deadline(deadline_);
    CallResult result = work_(thread, entry_);
    thread.swap_deadline({});
    thread.depth = depth;
    thread.parent = parent;
    thread.guarded = guarded;
    if (!result.pending()) return end(thread, std::move(result));
    thread.review_interrupt();
}

// The time runs from here on. False: the caller has given it up before.
bool GuardedCall::begin(ThreadContext& thread) {
    MutexLock lock(mutex_);
    if (state_ == State::abandoned) return false;
    state_ = State::running;
    runs_on_ = &thread;
    begun_ = thread.world.now();
    const Duration timeout = edge_.spec->timeout;
    const Time expires = std::min({entry_.last, deadline_.at, timeout == 0 ? never : after(begun_, timeout)});
    if (expires == never) return true;
    owners_.fetch_add(1);
    timer_ = run_.timers.at(after(expires, grace), [this] { expire(); });
    return true;
}

// The chain leaves this thread, which need not be given up any more: its own timer ends the wait. Not where a thread waits
// for it anyway: that one may be cancelled, and the callee with it.
Continuation* GuardedCall::lasting(ThreadContext&) {
    MutexLock lock(mutex_);
    if (state_ == State::abandoned || then_ == nullptr) return nullptr;
    state_ = State::detached;
    runs_on_ = nullptr;
    return this;
}

void GuardedCall::end(ThreadContext& thread, CallResult result) {
    World::TimerId timer = 0;
    bool late = false;
    {
        MutexLock lock(mutex_);
        timer = std::exchange(timer_, 0);
        late = state_ == State::abandoned;
        if (late) come_back(thread);
        if (!late) state_ = State::done;
        runs_on_ = nullptr;
        if (!late && then_ == nullptr) {
            result_ = std::move(result);
            if (waiter_ != nullptr) waiter_->tell();
        }
    }
    if (timer != 0 && run_.timers.cancel(timer)) release();
    if (!late) {
        thread.review_interrupt();
        if (then_ != nullptr) then_->result(thread, std::move(result));
        run_.part_of(*edge_.to).leave();
    }
    release();
}

// The thread is an honest one again.
void GuardedCall::come_back(ThreadContext& thread) {
    thread.abandoned.store(false);
    thread.review_interrupt();
    run_.state_of(*edge_.to).abandoned.fetch_sub(1);
    run_.totals.abandoned.fetch_sub(1);
    run_.progress();
}

// False: there is nothing to give up, the result is on its way.
bool GuardedCall::abandon() {
    if (state_ == State::done || state_ == State::detached) return false;
    if (state_ == State::running) {
        if (const Edge* seen = runs_on_->stack.seen()) stuck_in_ = seen->to;
        run_.state_of(*edge_.to).abandoned.fetch_add(1);
        run_.totals.abandoned.fetch_add(1);
        runs_on_->interrupt_now(runs_on_->abandoned);
        run_.scheduler.give_up(*runs_on_);
    }
    state_ = State::abandoned;
    run_.part_of(*edge_.to).leave();  // after the thread knows: see AsyncEdge::push
    return true;
}

namespace {

// Passes the timeout on, on a thread that may call plugins.
class TellTimeout final : public Task {
public:
    TellTimeout(Continuation& then, CallResult result) : then_(then), result_(std::move(result)) {}
    void run(Thread& thread) override {
        Continuation& then = then_;
        CallResult result = std::move(result_);
        delete this;
        then.result(context_of(thread), std::move(result));
    }

private:
    Continuation& then_;
    CallResult result_;
};

}  // namespace

void GuardedCall::expire() {
    Task* tells = nullptr;
    {
        MutexLock lock(mutex_);
        timer_ = 0;
        if (state_ != State::done && state_ != State::abandoned && abandon()) {
            if (then_ != nullptr) {
                tells = new TellTimeout(*then_, timed_out());
            } else if (waiter_ != nullptr) {
                waiter_->tell();
            }
        }
    }
    if (tells != nullptr) run_.scheduler.post(*tells, nullptr);
    release();
}

CallResult GuardedCall::timed_out() const {
    const Duration allowed = edge_.spec->timeout != 0 ? edge_.spec->timeout : edge_.spec->deadline;
    CallResult result =
        failure(Code::timeout,
                fmt::format("no answer within {} on {}; '{}' still runs", shown(allowed), edge_.name, stuck_in_->name),
                stuck_in_);
    result.abandoned = true;
    return result;
}

void GuardedCall::release() {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace flowrun::engine
