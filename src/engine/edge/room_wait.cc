// One that waits, and its way into a queue that answers later.
#include "engine/edge/room_wait.hh"

#include <algorithm>
#include <utility>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"

namespace flowrun::engine {

queue::Item copy_of(const queue::Item& item) {
    queue::Item copy;
    copy.body = item.body;
    copy.meta = item.meta;
    copy.queued = item.queued;
    copy.bytes = item.bytes;
    return copy;
}

RoomWait::RoomWait(AsyncEdge& edge, queue::Item what, ThreadContext& waiter)
    : item(std::move(what)), edge_(edge), waiter_(&waiter), then_(nullptr) {}
RoomWait::RoomWait(AsyncEdge& edge, queue::Item what, Continuation& then)
    : item(std::move(what)), edge_(edge), waiter_(nullptr), then_(&then) {}

void RoomWait::admitted() {
    if (edge_.ring_ != nullptr) edge_.place(item);
    else turn_ = edge_.admitted_++;
}

void RoomWait::go_on(bool admitted) {
    AsyncEdge& edge = edge_;
    if (!admitted) return finish(failure(Code::cancelled, "the run is ending", edge.edge_.from));
    if (edge.ring_ != nullptr) {
        finish({});
        return edge.notify(nullptr);
    }
    edge.push_in_turn(*this);
}

// Those who are admitted by several threads come into the queue in the order of their admission none the less.
void AsyncEdge::push_in_turn(RoomWait& wait) {
    gauge_.enter();
    MutexLock lock(mutex_);
    const std::uint64_t place = wait.turn_ - turn_;
    if (in_turn_.size() <= place) in_turn_.resize(place + 1);
    in_turn_[place] = &wait;
    if (std::exchange(pushing_, true)) return;
    while (!in_turn_.empty() && in_turn_.front()) {
        RoomWait* const first = *in_turn_.front();
        in_turn_.pop_front();
        ++turn_;
        if (first == nullptr) continue;
        RoomWait& next = *first;
        // A thread that waits has its message back where the queue does not take it.
        queue::Item item = next.has_thread() ? copy_of(next.item) : std::move(next.item);
        const std::uint64_t push = next.push_ = ++last_push_;
        pushes_.emplace(push, &next);
        lock.unlock();  // from here on it may be given up, and be gone
        push_now(item, push);
        lock.lock();
    }
    pushing_ = false;
}

void AsyncEdge::push_now(queue::Item& item, std::uint64_t push) {
    switch (queue_->push(item, push)) {
        case queue::Queue::Pushed::pending: return;
        case queue::Queue::Pushed::held: return pushed(push, nullptr);
        case queue::Queue::Pushed::refused: break;
    }
    const CallResult no_room = full();
    pushed(push, no_room.error.get());
}

void RoomWait::answered(const Error* why) {
    AsyncEdge& edge = edge_;
    edge.room_.leave(1, item.bytes);
    if (why != nullptr) edge.gauge_.leave();
    CallResult answer = why == nullptr ? CallResult() : CallResult(std::make_unique<Error>(*why));
    if (answer.failed() && answer.error->node.empty()) answer.error->node = edge.edge_.from->name;
    finish(std::move(answer));
    edge.room_.admit();
}

// One whose push has no answer yet is given up as it is: whether the queue holds it will be known, or never.
bool RoomWait::withdraw() {
    if (edge_.room_.withdraw(*this)) return true;
    MutexLock lock(edge_.mutex_);
    if (push_ == 0) {
        const auto turn = std::find(edge_.in_turn_.begin(), edge_.in_turn_.end(), this);
        if (turn == edge_.in_turn_.end()) return false;
        *turn = nullptr;
        edge_.gauge_.leave();
    } else {
        const auto at = edge_.pushes_.find(push_);
        if (at == edge_.pushes_.end() || at->second != this) return false;
        at->second = nullptr;
    }
    edge_.room_.leave(1, item.bytes);
    return true;
}

void RoomWait::finish(CallResult with) {
    result = std::move(with);
    if (waiter_ == nullptr) {
        // A queue's answers come many at a time, and most are but noted.
        if (edge_.ring_ == nullptr && then_->notes(result)) return run(edge_.run_.context_here());
        return edge_.run_.scheduler.post(*this, nullptr);
    }
    MutexLock lock(waiter_->mutex);
    done_ = true;
    waiter_->world.wake_all(waiter_->woken);
}

void RoomWait::run(Thread& on) {
    ThreadContext& thread = context_of(on);
    if (!result.failed()) edge_.accepted(thread);
    then_->result(thread, std::move(result));
    delete this;  // not before: until its chain has the result, the chain's timer may come to withdraw it
}

}  // namespace flowrun::engine
