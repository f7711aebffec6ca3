// An async edge whose queue outlives the run: what it finds there, and what it leaves.
//
// Each message that the queue holds and has not given out is a unit of the edge's part, as one in a ring is. Told to stop, the edge
// takes no more: what is out and not in a node goes back, and none of them is waited for any longer.
//
// A queue that others share holds what they put there and give out: its messages are units of the part from when this run
// takes them, and that it takes is a unit itself, until it is told to stop.
#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"

namespace flowrun::engine {

void AsyncEdge::open_durable() {
    MutexLock lock(mutex_);
    const std::uint64_t found = shared_ ? 0 : queue_->depth().messages;
    found_.store(found);
    held_ = static_cast<std::int64_t>(found);
    gauge_.enter(found);
    keeps_ = edge_.leaves;
    consumes_ = shared_ && !keeps_;
    if (consumes_) gauge_.enter();
    held(0);
    interrupted_ = keeps_ ? 0 : queue_->interrupted();
    again_.fetch_add(interrupted_);
    in_quarantine_ = run_.quarantine.add(interrupted_, [this] { notify(nullptr); });
}

// What lies there is older than all that comes.
void AsyncEdge::open_spill() {
    MutexLock lock(mutex_);
    const std::uint64_t found = queue_->depth().messages;
    found_.store(found);
    held_ = static_cast<std::int64_t>(found);
    gauge_.enter(found);
}

void AsyncEdge::kept(std::uint64_t messages) {
    {
        MutexLock lock(mutex_);
        held_ -= static_cast<std::int64_t>(messages);
    }
    gauge_.leave(messages);
}

void AsyncEdge::begin() {
    if (interrupted_ != 0) {
        run_.reporter.notice(Level::warn,
                             fmt::format("{} message{} of {} {} in a handler when an earlier run died: {} tried first, "
                                         "one at a time",
                                         interrupted_, interrupted_ == 1 ? "" : "s", edge_.name,
                                         interrupted_ == 1 ? "was" : "were", interrupted_ == 1 ? "it is" : "each is"));
    }
    if (shared_ || found() + interrupted_ != 0) notify(nullptr);
}

// A queue that has fewer of them than it said must not hold up the others. Their threads are not woken under this edge's lock.
void AsyncEdge::pull_interrupted() {
    if (keyed_.size() != 0 || !run_.quarantine.admits(in_quarantine_)) return;
    if (pull(1) == 1) return;
    run_.timers.at(run_.world.now(), [this] { run_.quarantine.tried(in_quarantine_); });
}

void AsyncEdge::enter_handler(const Delivery& delivery) {
    for (const QueuedMessage& message : delivery.messages) queue_->enter(message.item.lease);
}

// The queue has said that it holds so many more. One that was given out before that is a delivery's.
void AsyncEdge::held(std::int64_t more) {
    if (shared_) return gauge_.leave(static_cast<std::uint64_t>(more));
    held_ += more;
    if (!keeps_ || held_ <= 0) return;
    gauge_.leave(static_cast<std::uint64_t>(std::exchange(held_, 0)));
}

void AsyncEdge::keep() {
    if (spills_) return queue_->drain();
    if (!durable_) return;
    Deliveries waiting;
    {
        MutexLock lock(mutex_);
        if (std::exchange(keeps_, true)) return;
        held(0);
        waiting.swap(in_backoff_);  // what a timer of theirs finds now is none that waits
        for (Delivery* delivery : waiting) {
            run_.timers.cancel(std::exchange(delivery->backoff, 0));
            room_.leave(delivery->messages.size(), delivery->bytes());
        }
    }
    queue_->drain();
    give_back_waiting();
    for (Delivery* delivery : waiting) give_back(*delivery, in_order());
    MutexLock lock(mutex_);
    if (std::exchange(consumes_, false)) gauge_.leave();
}

// They have left their queue.
void AsyncEdge::took(const queue::Item* items, std::size_t n) {
    if (!shared_) {
        held_ -= static_cast<std::int64_t>(n);
        return;
    }
    if (n == 0) return;
    gauge_.enter(n);
    idles_ = 0;
    found_.fetch_add(
        static_cast<std::uint64_t>(std::count_if(items, items + n, [](const queue::Item& item) { return !item.own; })));
}

// Its inputs are over, nothing of it is out or on its way into the queue, and the queue was found empty twice: once may be
// between what another process has given back and what it puts there of that.
bool AsyncEdge::found_empty() {
    constexpr unsigned certain = 2;
    if (!flushing_ || !consumes_ || idles_ < certain || busy_.load() != 0) return false;
    return keyed_.size() == 0 && in_backoff_.empty() && retry_ready_.empty() && pushes_.empty() && in_turn_.empty();
}

void AsyncEdge::keep_if_empty() {
    if (!shared_ || !run_.until_empty) return;
    {
        MutexLock lock(mutex_);
        if (!found_empty()) return;
    }
    keep();
}

void AsyncEdge::idle() {
    {
        MutexLock lock(mutex_);
        ++idles_;
    }
    keep_if_empty();
}

void AsyncEdge::notice(std::string_view text) {
    run_.reporter.notice(Level::warn, fmt::format("{}: {}", edge_.name, text));
}

// Whatever is still in its queue or out of it waits for a delivery that backs off beyond the patience of the drain, or is one.
bool AsyncEdge::all_is_far_off() {
    if (shared_) return false;  // what else its server has, or another may give back, is not known here
    if (!flushing_ || keeps_ || in_backoff_.empty() || !retry_ready_.empty()) return false;
    if (!pushes_.empty() || !in_turn_.empty()) return false;
    if (executing_.load() != 0 || scheduled_.load() != 0 || keyed_.ready() != 0) return false;
    if (edge_.spec->order == flow::Order::none && held_ > 0) return false;
    const Time soonest = after(run_.world.now(), patience_);
    return std::ranges::all_of(in_backoff_, [&](const Delivery* one) { return one->backs_off_until > soonest; });
}

void AsyncEdge::keep_what_is_far_off() {
    if (!durable_) return;
    {
        MutexLock lock(mutex_);
        if (!all_is_far_off()) return;
    }
    keep();
}

// The lease ends, and the message is as it was before; the queue's answer is waited for at the end of the run.
void AsyncEdge::give_back(const QueuedMessage& message, std::uint32_t attempts, Duration delay) {
    in_doubt_.fetch_add(1);
    answers_due_.fetch_add(1);
    queue_->nack(message.item.lease, std::max<Duration>(delay, 0), attempts, nullptr);
}

// Those that are out of the queue and in no delivery.
void AsyncEdge::give_back_waiting() {
    for (;;) {
        std::optional<QueuedMessage> message;
        {
            MutexLock lock(mutex_);
            message = keyed_.drop_oldest();
        }
        if (!message) return;
        const Time now = run_.world.now();
        give_back(*message, message->item.attempts, message->item.due > now ? message->item.due - now : 0);
        gauge_.leave();
    }
}

// One that would be tried again. Where it is counted among the busy ones it rests, and another may go on in its place.
void AsyncEdge::give_back(Delivery& delivery, bool busy) {
    const Duration delay = delivery.backs_off_until - run_.world.now();
    for (const QueuedMessage& message : delivery.messages) give_back(message, delivery.attempt - 1, delay);
    settled(delivery);
    {
        MutexLock lock(mutex_);
        busy ? rest(delivery) : idle_.push_back(&delivery);
    }
    if (busy) notify(nullptr);
}

void AsyncEdge::tries_again(const QueuedMessage& message, Time next, std::uint32_t made, const Error& error) {
    if (durable_) queue_->extend(message.item.lease, next - run_.world.now(), made, error);
}

void AsyncEdge::lost(std::uint64_t messages, const Error& why) {
    std::uint64_t counted = 0;  // of which the run still waits for
    {
        MutexLock lock(mutex_);
        counted = std::min(messages, static_cast<std::uint64_t>(std::max<std::int64_t>(held_, 0)));
        held_ -= static_cast<std::int64_t>(counted);
    }
    if (shared_) found_.fetch_add(messages);
    run_.totals.root_failed.fetch_add(messages);
    run_.report(nullptr, &edge_, nullptr, why);
    lost_.fetch_add(messages);
    gauge_.leave(counted);
}

// A part that is over takes nothing more: what comes then waits for a later run.
void AsyncEdge::added(std::uint64_t messages) {
    gauge_.enter(messages);
    found_.fetch_add(messages);
    MutexLock lock(mutex_);
    if (run_.part_of(*edge_.to).closed()) keeps_ = true;
    held(static_cast<std::int64_t>(messages));
}

void AsyncEdge::removed(std::uint64_t messages) {
    removed_.fetch_add(messages);
    MutexLock lock(mutex_);
    if (keeps_) return;  // they are not counted any more
    held_ -= static_cast<std::int64_t>(messages);
    lock.unlock();
    gauge_.leave(messages);
}

// What was dealt with comes again in a later run: nothing is lost, and it is not as it should be.
void AsyncEdge::not_noted(const Error& why) {
    if (broken_.load() || told_not_noted_.exchange(true)) return;
    run_.totals.root_failed.fetch_add(1);
    Error told = why;
    told.message = "what was dealt with cannot be noted in its queue, and will be delivered again: " + why.message;
    run_.report(nullptr, &edge_, nullptr, told);
}

void AsyncEdge::hear() {
    if (durable_) queue_->drain();
}

// One that is nearly full may be so many times: it is told once.
void AsyncEdge::full(const Error* why) {
    is_full_.store(why != nullptr);
    if (why == nullptr || told_full_.exchange(true)) return;
    run_.reporter.notice(Level::warn, fmt::format("{}: its queue waits for room: {}", edge_.name, why->message));
}

// It is gone from its own queue once it lies among the letters. Where it cannot come there it stays with its own dead.
void AsyncEdge::bury(const QueuedMessage& message, const Error& error) {
    queue::Item letter;
    letter.body = message.item.body;
    letter.meta = message.item.meta;
    letter.bytes = message.item.bytes;
    letters_->put(std::move(letter), error, edge_.name, [this, lease = message.item.lease, error](const Error* why) {
        if (why == nullptr) return queue_->ack(lease);
        Error told = *why;
        told.message = fmt::format("a dead letter cannot be put into '{}': {}; it stays in its own queue",
                                   edge_.spec->queue.dead_letter, why->message);
        run_.totals.root_failed.fetch_add(1);
        run_.report(nullptr, &edge_, nullptr, told);
        queue_->reject(lease, error);
    });
}

// Nothing that it holds can be had, and nothing be put into it: the run ends, and tells what it knows.
void AsyncEdge::broken(const Error& why) {
    {
        MutexLock lock(mutex_);
        if (stopped_) return;  // the run is over, and its account told
    }
    if (broken_.exchange(true)) return;
    run_.totals.root_failed.fetch_add(1);
    run_.report(nullptr, &edge_, nullptr, why);
    run_.shut_down(Shutdown::Phase::cancelled);
}

}  // namespace flowrun::engine
