#include "engine/call/pending_call.hh"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/mutex_lock.hh"
#include "engine/call/conclude.hh"
#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"

namespace flowrun::engine {

// Pending calls that are not in use. They are made many at a time, and with the lock let go: memory that is new is slow.
class PendingCall::Stock {
public:
    PendingCall& take() {
        for (;;) {
            {
                MutexLock lock(mutex_);
                if (!free_.empty()) {
                    PendingCall& call = *free_.back();
                    free_.pop_back();
                    return call;
                }
            }
            add();
        }
    }
    void give(PendingCall& call) {
        MutexLock lock(mutex_);
        free_.push_back(&call);
    }

private:
    void add() {
        constexpr std::size_t most = 1024;
        const std::size_t many = many_.load(std::memory_order_relaxed);
        std::unique_ptr<PendingCall[]> more(new PendingCall[many]);
        MutexLock lock(mutex_);
        many_.store(std::min(many * 2, most), std::memory_order_relaxed);
        for (std::size_t i = many; i-- > 0;) free_.push_back(&more[i]);
        all_.push_back(std::move(more));
    }

    std::atomic<std::size_t> many_{32};  // are made next
    AdaptiveMutex mutex_{LockRank::pending_stock};
    std::vector<PendingCall*> free_ GUARDED_BY(mutex_);
    // Those that a component never completes among them.
    std::vector<std::unique_ptr<PendingCall[]>> all_ GUARDED_BY(mutex_);
};

// Lives as long as the process: a plugin may hold a handle for so long.
PendingCall::Stock& PendingCall::stock() {
    static auto& only = *new Stock;
    return only;
}

// User space addresses take 48 bits at the most; the upper 16 hold the number of the use.
flowrun_ticket* PendingCall::handle() const {
    auto address = reinterpret_cast<std::uintptr_t>(this);
    return reinterpret_cast<flowrun_ticket*>(address | static_cast<std::uintptr_t>(use_.load()) << 48);
}

PendingCall* PendingCall::of(flowrun_ticket* handle) {
    auto number = reinterpret_cast<std::uintptr_t>(handle);
    auto* call = reinterpret_cast<PendingCall*>(number & ((std::uintptr_t{1} << 48) - 1));
    if (call == nullptr || call->use_.load() != static_cast<std::uint16_t>(number >> 48)) return nullptr;
    return call;
}

PendingCall* PendingCall::open(Call& call) {
    PendingCall& pending = stock().take();
    pending.run_ = &call.thread->run;
    pending.state_.store(State::open);
    pending.owners_.store(2);
    pending.completed_.store(false);
    pending.call_ = call;
    pending.call_.pending = nullptr;
    pending.call_.of = &pending;
    call.scratch = nullptr;
    if (call.meta != nullptr) {
        pending.meta_ = *call.meta;
        pending.call_.meta = &pending.meta_;
    }
    if (call.message != nullptr) {
        pending.message_ = value::Value::keep(*call.message);
        pending.call_.message = pending.message_.get();
    }
    pending.parent_ = call.thread->parent;
    call.pending = &pending;
    pending.run_->state_of(*call.node).pending.fetch_add(1, std::memory_order_relaxed);
    return &pending;
}

// It has no owner any more.
void PendingCall::clear() NO_THREAD_SAFETY_ANALYSIS {
    delete call_.scratch;
    call_ = {};
    meta_ = {};
    message_ = {};
    status_ = 0;
    error_.reset();
    reply_ = {};
    waiter_ = nullptr;
    then_ = nullptr;
    ended_ = false;
}

// A pending call may be used by any thread, one at a time: it gets that thread's context.
flowrun_call* PendingCall::call() {
    ThreadContext& thread = run_->context_here();
    thread.parent = parent_;
    call_.thread = &thread;
    return handle_of(call_);
}

bool PendingCall::end(State as) {
    State open = State::open;
    return state_.compare_exchange_strong(open, as);
}

bool PendingCall::complete(std::int32_t status, const value::Node* reply, std::unique_ptr<Error> error) {
    if (completed_.exchange(true)) return false;  // a second time
    if (state_.load() != State::open) return release(), false;
    status_ = status;
    error_ = std::move(error);
    if (reply != nullptr) reply_ = value::Value::keep(*reply);
    if (!end(State::completed)) return release(), false;
    bool passes_on = false;
    {
        MutexLock lock(mutex_);
        ended_ = true;
        if (waiter_ != nullptr) waiter_->wake();
        passes_on = then_ != nullptr;
    }
    if (passes_on) run_->scheduler.post(*this, run_->context_if_here());
    release();
    return true;
}

void PendingCall::release() {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    clear();
    use_.fetch_add(1);
    stock().give(*this);
}

CallResult PendingCall::take_result(ThreadContext& thread) {
    run_->state_of(*call_.node).pending.fetch_sub(1, std::memory_order_relaxed);
    Call call = call_;
    call.thread = &thread;
    call_.scratch = nullptr;
    if (error_) {
        if (error_->node.empty()) error_->node = call.node->name;
        call.more().error = std::move(error_);
    }
    if (reply_) call.more().reply = std::move(reply_);
    return conclude(call, status_);
}

CallResult PendingCall::await(ThreadContext& thread) {
    run_->scheduler.blocked(thread, Thread::Wait::answer);
    {
        MutexLock lock(mutex_);
        waiter_ = &thread;
    }
    const Time deadline = thread.deadline();
    bool given_up = false;
    {
        MutexLock wait(thread.mutex);
        while (state_.load() == State::open) {
            if (thread.cancelled.load() || thread.abandoned.load() || thread.world.now() >= deadline) {
                given_up = withdraw();
                break;
            }
            thread.world.wait(thread.woken, wait, deadline);
        }
    }
    {
        MutexLock lock(mutex_);  // whoever completes has let go of the thread
        waiter_ = nullptr;
    }
    run_->scheduler.unblocked(thread);
    CallResult result;
    if (!given_up) {
        result = take_result(thread);
    } else if (result = interrupted(thread); !result.failed()) {
        result = failure(Code::timeout, "no answer in time" + timed_by(thread), call_.node);
    }
    release();
    return result;
}

void PendingCall::detach(Continuation& then) {
    bool passes_on = false;
    RunContext& run = *run_;
    {
        MutexLock lock(mutex_);
        then_ = &then;
        passes_on = ended_;  // complete() has been before us and seen nobody to tell
    }
    if (passes_on) run.scheduler.post(*this, run.context_if_here());
}

bool PendingCall::withdraw() {
    if (!end(State::dead)) return false;
    run_->state_of(*call_.node).pending.fetch_sub(1, std::memory_order_relaxed);
    return true;
}

// Posted once `then` was there, and that is for good.
void PendingCall::run(Thread& on) NO_THREAD_SAFETY_ANALYSIS {
    ThreadContext& thread = context_of(on);
    Continuation* const then = then_;
    then->result(thread, take_result(thread));
    release();
}

}  // namespace flowrun::engine
