#include "engine/call/chain.hh"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/call/enter.hh"
#include "engine/call/error_route.hh"
#include "engine/call/run_context.hh"

namespace flowrun::engine {
namespace {

// Makes a frame of each hop of the run of plain ones that is newest: each may have an error route of its own.
void take_apart(ThreadContext& thread) {
    const Frame run = thread.stack.back();
    thread.stack.pop();
    for (const Edge* edge = run.first;; edge = edge->next) {
        Frame& frame = thread.stack.push(*edge, nullptr);
        clear_frame(frame);
        const bool head = edge == run.first, tail = edge == run.edge;
        frame.message = run.message;
        frame.meta = run.meta;
        frame.scratch = tail ? run.scratch : nullptr;
        frame.timed = head && run.timed;
        frame.outer = run.outer;
        frame.attempt = head && run.attempt;
        frame.routes_error = !head || run.routes_error;
        frame.number = head ? run.number : 1;
        frame.holds_instance = tail && run.holds_instance;
        if (!frame.attempt) add(thread.counts[edge->index].accepted);
        if (tail) break;
    }
}

// Of the newest frame, whose call has its result.
void end_call(ThreadContext& thread, const CallResult& result) {
    Frame& frame = thread.stack.back();
    unlock_instance(frame);
    restore_deadline(thread, frame);
    if (frame.span != 0) frame.end = thread.world.now();
    if (result.failed()) {
        result.error->attempts = std::max(result.error->attempts, frame.attempt ? frame.number : 1u);
    }
}

// Of the newest frame, whose error port has sent the failure, with this result.
void end_route(ThreadContext& thread, CallResult& result) {
    Frame& frame = thread.stack.back();
    std::unique_ptr<Error> cause(std::exchange(frame.cause, nullptr));
    result = after_error_port(thread.run, std::move(result), cause);
    frame.cause = cause.release();
    thread.scratch.release(std::exchange(frame.told, nullptr));
}

// Of the newest frame, whose call, or the error port that was asked last, has its result. False: one has to wait, and the
// frames have left the thread.
bool route_failure(ThreadContext& thread, std::size_t base, CallResult& result, Continuation* then) {
    thread.stack.back().told == nullptr ? end_call(thread, result) : end_route(thread, result);
    while (result.failed()) {
        Frame& frame = thread.stack.back();
        if (!frame.routes_error || frame.refused) return true;
        frame.asked = next_error_port(thread, *frame.edge->to, *result.error, frame.asked);
        if (frame.asked == ErrorPort::none) return true;
        frame.cause = result.error.release();
        SuspendedChain here(base, then);
        ErrorMessage told(thread, *frame.cause, frame.message);
        frame.told = told.scratch;
        result = told.send(thread, *frame.edge->to, frame.asked, frame.meta, then == nullptr ? nullptr : &here);
        if (result.pending()) return false;
        end_route(thread, result);
    }
    return true;
}

// Takes the newest frame off the stack: it has its final result.
void end_frame(ThreadContext& thread, CallResult& result) {
    const Frame frame = thread.stack.back();
    thread.stack.pop();
    const std::unique_ptr<Error> cause(frame.cause);
    const Error* why = cause ? cause.get() : result.error.get();
    result.handled = cause != nullptr;
    result.filtered = false;
    Counts& counts = thread.counts[frame.edge->index];
    if (!frame.attempt) add(result.handled ? counts.claimed : result.failed() ? counts.failed : counts.ok);
    if (thread.abandoned.load(std::memory_order_relaxed)) add(counts.late);
    if (frame.span != 0) {
        write_span(thread, frame, *frame.meta, outcome_of(thread, result), why);
        thread.parent = frame.parent_before;
    }
    free_frame(thread, frame);
}

}  // namespace

void free_frame(ThreadContext& thread, const Frame& frame) {
    if (frame.scratch != nullptr) thread.scratch.release(frame.scratch);
    if (frame.made != nullptr) thread.scratch.release(frame.made);
    delete frame.own_meta;
}

CallResult leave_frames(ThreadContext& thread, std::size_t base, CallResult result, Continuation* then) {
    while (thread.stack.size() > base) {
        if (thread.stack.back().plain) {
            if (!result.failed()) {
                result.handled = result.filtered = false;
                end_plain_run(thread);
                continue;
            }
            take_apart(thread);
        }
        if (!route_failure(thread, base, result, then)) return CallResult::later();
        end_frame(thread, result);
    }
    return result;
}

// --- without a thread ---

Continuation* SuspendedChain::lasting(ThreadContext& thread) {
    DetachedChain& chain = DetachedChain::detach(thread, base_);
    Continuation* then = then_->lasting(thread);
    if (then == nullptr) return DetachedChain::attach(thread, chain), nullptr;
    then->awaits(nullptr);
    chain.goes_on_with(*then);
    return &chain;
}

// What the thread held is the chain's now: nodes stay busy, the deadline is a timer's. Newest first, so that the deadline
// that is left in force is the one from before the oldest.
DetachedChain& DetachedChain::detach(ThreadContext& thread, std::size_t base) {
    auto& chain = *new DetachedChain(thread.run);
    chain.parent_ = thread.parent;
    chain.node_ = thread.stack.back().edge->to;
    chain.expires_ = thread.deadline();
    chain.others_.reserve(thread.stack.size() - base - 1);
    while (thread.stack.size() > base) {
        Frame& frame = thread.stack.back();
        restore_deadline(thread, frame);
        if (thread.stack.size() == base + 1) {
            chain.first_ = frame;
        } else {
            chain.others_.push_back(frame);
        }
        thread.stack.pop();
    }
    return chain;
}

void DetachedChain::attach(ThreadContext& thread, DetachedChain& chain) {
    const std::size_t base = thread.stack.size();
    chain.put_on(thread);
    if (chain.expires_ < thread.deadline()) {
        Frame& first = thread.stack[base];
        first.timed = true;
        first.outer = thread.swap_deadline({chain.expires_, std::max<Time>(chain.expires_ - thread.world.now(), 0)});
    }
    delete &chain;
}

void DetachedChain::put_on(ThreadContext& thread) const {
    thread.stack.push(first_);
    for (std::size_t i = others_.size(); i-- > 0;) thread.stack.push(others_[i]);
}

void DetachedChain::awaits(Awaited* awaited) {
    {
        MutexLock lock(mutex_);
        // One that has gone on already and is to wait again, for an error route, has been released by its maker before.
        if (std::exchange(told_, true)) return;
        if (!over_ && awaited != nullptr && expires_ != never) {
            awaited_ = awaited;
            owners_.fetch_add(1);
            timer_ = run_.timers.at(expires_, [this] { expire(); });
        }
    }
    release();
}

void DetachedChain::expire() {
    bool given_up = false;
    {
        MutexLock lock(mutex_);
        timer_ = 0;
        given_up = !over_ && awaited_->withdraw();
    }
    if (given_up) run_.scheduler.post(*this, nullptr);
    release();
}

void DetachedChain::run(Thread& thread) {
    Awaited* awaited = nullptr;
    {
        MutexLock lock(mutex_);
        awaited = awaited_;
    }
    awaited->discard();
    result(context_of(thread), failure(Code::timeout, "no answer in time", node_));
}

void DetachedChain::result(ThreadContext& thread, CallResult result) {
    World::TimerId timer = 0;
    {
        MutexLock lock(mutex_);
        over_ = true;
        timer = std::exchange(timer_, 0);
    }
    if (timer != 0 && run_.timers.cancel(timer)) release();
    const std::size_t base = thread.stack.size();
    const trace::SpanId before = std::exchange(thread.parent, parent_);
    put_on(thread);
    result = leave_frames(thread, base, std::move(result), then_);
    thread.parent = before;
    if (!result.pending()) then_->result(thread, std::move(result));
    release();
}

void DetachedChain::release() {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace flowrun::engine
