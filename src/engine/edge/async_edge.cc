// The emitters' side, and what the runner does with an edge. The consumer is in dispatch.cc.
#include "engine/edge/async_edge.hh"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"
#include "engine/call/steps.hh"
#include "engine/edge/room_wait.hh"

namespace flowrun::engine {
namespace {

// The ring has a place more: a message that is being handled may still lie there (edge/straight.cc).
std::uint64_t places_of(const flow::EdgeSpec& spec) { return std::max<std::uint64_t>(spec.buffer.messages, 1); }

bool one_after_another(const Edge& edge) {
    const flow::EdgeSpec& spec = *edge.spec;
    return spec.workers_max == 1 && spec.batch_max == 1 && spec.rate == 0 && spec.order == flow::Order::fifo &&
           spec.overflow != flow::Overflow::drop_oldest;
}

// Its time in the queue is asked for by the trace, by a deadline that runs from acceptance, and by a batch that lingers.
bool asks_for_time(const RunContext& run, const Edge& edge) {
    return run.observer != nullptr || edge.spec->deadline != 0 || edge.spec->batch_linger != 0;
}

queue::Item item_of(const ThreadContext& thread, queue::Meta meta, const value::Node* message) {
    queue::Item item;
    item.body = value::Value::keep(*message);
    item.meta = std::move(meta);
    item.meta.parent = thread.parent;
    if (item.meta.text) item.unit = queue::Receipt::Unit(item.meta.text->receipt);
    return item;
}

queue::Item copy_of(const queue::Item& item) {
    queue::Item copy;
    copy.body = item.body;
    copy.meta = item.meta;
    copy.queued = item.queued;
    copy.bytes = item.bytes;
    copy.unit = item.unit;
    return copy;
}

}  // namespace

AsyncEdge::AsyncEdge(RunContext& run, Edge& edge, std::unique_ptr<queue::Queue> queue,
                     std::shared_ptr<DeadLetters> letters)
    : run_(run), edge_(edge), needs_time_(asks_for_time(run, edge)), alone_(one_after_another(edge) && !queue),
      straight_(alone_ && edge.plain_within == never && !edge.to->exclusive && !run.observer),
      half_(edge.spec->buffer.messages / 2), room_({places_of(*edge.spec), edge.spec->buffer.bytes}),
      gauge_(run.part_of(*edge.to)),
      queue_(queue ? std::move(queue) : std::make_unique<queue::Ring>(places_of(*edge.spec) + 1)),
      letters_(std::move(letters)), ring_(dynamic_cast<queue::Ring*>(queue_.get())),
      // Where nobody would know that a call blocks, the scheduler sees by what is posted how many threads it lacks.
      enough_(edge.to->subtree_cooperative ? 2 : std::numeric_limits<std::uint64_t>::max()),
      durable_(queue_->durable()), spills_(queue_->spills()), shared_(queue_->shared()), keyed_(edge.spec->order) {
    all_.push_back(std::make_unique<Delivery>(*this));
    idle_.push_back(all_.back().get());
    queue_->open(*this);
    if (durable_) open_durable();
    if (spills_) open_spill();
}

AsyncEdge::~AsyncEdge() = default;

// --- the emitters' side ---

// With the room locked, in the order of admission.
void AsyncEdge::place(queue::Item& item) {
    gauge_.enter_alone();
    ring_->place(std::move(item));
}

void AsyncEdge::accepted(ThreadContext& thread) { add(thread.counts[edge_.index].accepted); }

// A call may be abandoned at any moment, and its part be over then: a unit is taken before it looks whether it is.
CallResult AsyncEdge::push(ThreadContext& thread, queue::Item&& item, Continuation* then) {
    if (!thread.guarded) [[likely]]
        return push_unguarded(thread, std::move(item), then);
    InFlight& part = run_.part_of(*edge_.to);
    part.enter();
    // Foreign code may not look for long: neither is the watchdog's hint waited for.
    CallResult result = interrupted(thread);
    if (!result.failed()) result = push_unguarded(thread, std::move(item), then);
    part.leave();
    return result;
}

CallResult AsyncEdge::push_unguarded(ThreadContext& thread, queue::Item&& item, Continuation* then) {
    if (thread.interrupt.load(std::memory_order_relaxed) != 0) [[unlikely]] {
        if (CallResult result = interrupted(thread); result.failed()) return result;
    }
    run_.step();
    if (needs_time_) item.queued = thread.world.now();
    item.bytes = item.body.footprint();
    // A queue that may answer later is pushed to by who waits for it.
    if (ring_ == nullptr) return then != nullptr ? hand_over(thread, item, *then) : wait_for_room(thread, item);
    while (!room_.try_enter(item.bytes, [&] { place(item); })) {
        bool again = false;
        CallResult result = overflow(thread, item, then, again);
        if (!again) return result;
    }
    accepted(thread);
    run_.step();
    notify(&thread);
    return {};
}

// The message as it came out of another queue, where there is room now.
bool AsyncEdge::push_at_once(ThreadContext& thread, queue::Item& item) {
    if (ring_ == nullptr) return false;
    if (needs_time_) item.queued = thread.world.now();
    item.meta.parent = thread.parent;
    if (!room_.try_enter(item.bytes, [&] { place(item); })) return false;
    accepted(thread);
    notify(&thread);
    return true;
}

CallResult AsyncEdge::full() const {
    return failure(Code::overflow,
                   fmt::format("the queue of {} is full ({} messages)", edge_.name, edge_.spec->buffer.messages),
                   edge_.from);
}

// What is to be done with a message for which there is no room.
CallResult AsyncEdge::overflow(ThreadContext& thread, queue::Item& item, Continuation* then, bool& again) {
    Counts& counts = thread.counts[edge_.index];
    switch (edge_.spec->overflow) {
        case flow::Overflow::block:
            return then != nullptr ? hand_over(thread, item, *then) : wait_for_room(thread, item);
        case flow::Overflow::drop_oldest:
            if (const auto dropped = drop_oldest()) {
                add(counts.dropped);
                lose(*dropped);
                again = true;
                return {};
            }
            [[fallthrough]];  // all that is inside is being tried again: the newest goes
        case flow::Overflow::drop_newest:
            add(counts.accepted);
            add(counts.dropped);
            return dropped_newest();
        case flow::Overflow::spill:
        case flow::Overflow::error: break;
    }
    return full();
}

CallResult AsyncEdge::wait_for_room(ThreadContext& thread, queue::Item& item) {
    RoomWait wait(*this, std::move(item), thread);
    const std::uint64_t bytes = wait.item.bytes;
    if (room_.enter(wait, bytes)) wait.go_on(true);
    const Time deadline = thread.deadline();
    bool withdrawn = false, blocked = false;
    MutexLock lock(thread.mutex);
    while (!wait.done()) {
        if (!std::exchange(blocked, true)) {
            lock.unlock();
            thread.waits_for.store(&edge_, std::memory_order_release);
            run_.scheduler.blocked(thread, Thread::Wait::room);
            lock.lock();
            continue;
        }
        const bool gives_up = thread.cancelled.load() || thread.abandoned.load() || thread.world.now() >= deadline;
        if (gives_up && !withdrawn) {
            lock.unlock();
            withdrawn = wait.withdraw();
            lock.lock();
            if (withdrawn) break;
        }
        // Too late to withdraw: its result is on its way.
        thread.world.wait(thread.woken, lock, gives_up ? never : deadline);
    }
    lock.unlock();
    if (blocked) run_.scheduler.unblocked(thread);
    CallResult result = std::move(wait.result);
    if (withdrawn) {
        result = interrupted(thread);
        if (!result.failed()) result = failure(Code::cancelled, "the run is ending", edge_.from);
        result.error->message += fmt::format(", waiting for room in the queue of {}", edge_.name);
    }
    if (result.failed()) {
        item = std::move(wait.item);
    } else {
        accepted(thread);
    }
    return result;
}

// The message as it is now: should it not get in, its sender has it still.
CallResult AsyncEdge::hand_over(ThreadContext& thread, const queue::Item& item, Continuation& then) {
    queue::Item copy = copy_of(item);
    Continuation* lasting = then.lasting(thread);
    if (lasting == nullptr) return wait_for_room(thread, copy);
    auto& wait = *new RoomWait(*this, std::move(copy), *lasting);
    const std::uint64_t bytes = wait.item.bytes;
    const bool at_once = room_.enter(wait, bytes);
    if (at_once) wait.go_on(true);
    lasting->awaits(&wait);
    thread.left = at_once && ring_ == nullptr ? ThreadContext::Left::for_word : ThreadContext::Left::for_room;
    return CallResult::later();
}

// A failure for which there is no room was not taken: it goes on, as where no edge lets it through.
CallResult AsyncEdge::dropped_newest() const {
    CallResult result;
    result.filtered = edge_.from_error;
    return result;
}

std::optional<queue::Item> AsyncEdge::drop_oldest() {
    MutexLock lock(mutex_);
    queue::Item oldest;
    if (ring_ == nullptr || !ring_->take_one(oldest)) {
        auto dropped = keyed_.drop_oldest();
        if (!dropped) return {};
        oldest = std::move(dropped->item);
    }
    room_.leave(1, oldest.bytes);
    gauge_.leave();
    return oldest;
}

// A failure that was taken and is dropped before anybody has dealt with it is one that nobody claims after all.
void AsyncEdge::lose(const queue::Item& dropped) {
    if (!edge_.from_error) return;
    Error error = Error::of(Code::overflow, fmt::format("dropped from the full queue of {}", edge_.name));
    const value::Node* const body = dropped.body.get();
    if (const value::Node* const told = body != nullptr ? body->member("error") : nullptr) {
        const auto text = [&](const char* name) {
            const value::Node* const one = told->member(name);
            return std::string(one != nullptr ? one->as_string().value_or("") : "");
        };
        error.message += fmt::format(" before anybody dealt with it: {}: {}", text("code"), text("message"));
        error.node = text("node");
    }
    run_.totals.unclaimed.fetch_add(1, std::memory_order_relaxed);
    dropped.unit.failed(error);
    run_.report(nullptr, &edge_, &dropped.meta, error);
}

// --- the queue's answers ---

void AsyncEdge::pushed(std::uint64_t push, const Error* why) {
    RoomWait* waits = nullptr;
    {
        MutexLock lock(mutex_);
        const auto at = pushes_.find(push);
        if (at == pushes_.end()) return;
        waits = at->second;
        pushes_.erase(at);
        if (waits == nullptr && why == nullptr) ++accepted_late_;
        if ((durable_ || spills_) && why == nullptr) held(1);
    }
    if (why != nullptr) gauge_.leave();
    if (waits != nullptr) waits->answered(why);
}

void AsyncEdge::settled(std::uint64_t, const Error* why) {
    const bool lapsed = shared_ && why != nullptr && why->code == Code::timeout;
    if (why == nullptr || lapsed) in_doubt_.fetch_sub(1);
    if (lapsed) lapsed_.fetch_add(1);
    else if (why != nullptr && durable_) not_noted(*why);
    if (answers_due_.fetch_sub(1) == 1 && run_.hears_queues.load()) run_.progress();
}

std::uint64_t AsyncEdge::accepted_late() {
    MutexLock lock(mutex_);
    return accepted_late_;
}

// --- one that waits ---

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

// --- Edge::take ---

CallResult enqueue_bare(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                        const Entry& how) {
    queue::Item* const own = how.item;
    // Taken only when the queue takes it; until then, and when it fails, it is the delivery's as before.
    if (own != nullptr && meta == &own->meta && message == own->body.get()) {
        return edge.queue->push(thread, std::move(*own), how.then);
    }
    return edge.queue->push(thread, item_of(thread, *meta, message), how.then);
}

CallResult enqueue(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                   const Entry& how) {
    Steps taken = take_steps(thread, edge, meta, message);
    Counts& counts = thread.counts[edge.index];
    CallResult result = std::move(taken.result);
    if (result.failed()) {
        add(counts.accepted);
        add(counts.failed);
    } else if (taken.filtered) {
        result.filtered = true;
        add(counts.accepted);
        add(counts.filtered);
    } else {
        queue::Item item = taken.own_meta != nullptr ? item_of(thread, std::move(*taken.own_meta), taken.message)
                                                     : item_of(thread, *meta, taken.message);
        result = edge.queue->push(thread, std::move(item), how.then);
    }
    if (taken.made != nullptr) thread.scratch.release(taken.made);
    delete taken.own_meta;
    return result;
}

}  // namespace flowrun::engine
