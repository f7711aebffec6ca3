// The consumer of an async edge: which delivery takes what, and when.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"
#include "engine/edge/room_wait.hh"

namespace flowrun::engine {
namespace {

// A rate above one a timer tick is kept on average, in bursts of so long.
constexpr Duration catch_up = 5 * millisecond;

}  // namespace

bool AsyncEdge::in_order() const { return edge_.spec->order == flow::Order::fifo; }

// --- told that there may be something to do ---

void AsyncEdge::notify(ThreadContext* from) {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (alone_) return notify_alone(from);
    if (busy_.load(std::memory_order_relaxed) >= edge_.spec->workers_max || run_.shutdown.cancelled()) return;
    if (scheduled_.load() >= enough_) return;  // each of them, as it begins, schedules the next
    Deliveries scheduled;
    {
        MutexLock lock(mutex_);
        schedule(scheduled);
    }
    post(scheduled, from);
}

void AsyncEdge::notify_alone(ThreadContext* from) {
    std::uint32_t resting = 0;
    if (busy_.load(std::memory_order_relaxed) != 0 || ring_->empty()) return;
    if (busy_.compare_exchange_strong(resting, 1)) run_.scheduler.post(only(), from);
}

void AsyncEdge::post(const Deliveries& deliveries, ThreadContext* from) {
    for (Delivery* delivery : deliveries) run_.scheduler.post(*delivery, from);
}

// As many as there is work for and the edge allows.
void AsyncEdge::schedule(Deliveries& scheduled) {
    if (stopped_ || run_.shutdown.cancelled()) return;
    const std::uint32_t most = edge_.spec->workers_max;
    while (!retry_ready_.empty() && busy_.load() < most) {
        scheduled.push_back(retry_ready_.front());
        retry_ready_.pop_front();
        busy_.fetch_add(1);
    }
    if (busy_.load() >= most) return;
    pull();
    const std::uint64_t wanted = std::min(deliverable(run_.world.now()), enough_);
    while (scheduled_.load() < wanted && busy_.load() < most) {
        Delivery& delivery = idle_one();
        delivery.scheduled = true;
        scheduled_.fetch_add(1);
        busy_.fetch_add(1);
        scheduled.push_back(&delivery);
    }
}

Delivery& AsyncEdge::idle_one() {
    if (idle_.empty()) return *all_.emplace_back(std::make_unique<Delivery>(*this));
    Delivery* delivery = idle_.back();
    idle_.pop_back();
    return *delivery;
}

// From the queue into the keyed queue: what may be needed to see whose turn it is. It keeps its room.
void AsyncEdge::pull() {
    constexpr std::uint64_t most = 64;
    // For those that may yet be scheduled, and those that are and have taken nothing.
    const std::uint64_t places = edge_.spec->workers_max - busy_.load() + scheduled_.load();
    std::uint64_t needed = edge_.spec->batch_max * std::max<std::uint64_t>(places, 1);
    // Behind those whose keys are busy others may be free. A queue in memory is bounded by itself.
    if (edge_.spec->order == flow::Order::by_key) {
        needed = std::max(needed,
                          ring_ != nullptr ? std::numeric_limits<std::uint64_t>::max() : edge_.spec->buffer.messages);
    }
    if (keeps_) return;
    if (pulled_.empty()) pulled_.resize(most);
    if (durable_ && !run_.quarantine.over()) return pull_interrupted();
    if (keyed_.size() >= needed) return;
    const std::uint64_t at_once = ring_ != nullptr ? 1 : ahead();
    while (keyed_.size() < needed) {
        const std::size_t want = std::min(std::max<std::uint64_t>(needed - keyed_.size(), at_once), most);
        if (pull(want) < want) return;
    }
}

// To ask a queue that is none of memory costs more than to have a few ready, where they are soon dealt with. Where a handler
// takes its time they stay where they can be looked at and changed.
std::uint64_t AsyncEdge::ahead() {
    const Time now = run_.world.now();
    const bool soon = now - std::exchange(last_pull_, now) < millisecond;
    return soon ? 32 : 1;
}

std::size_t AsyncEdge::pull(std::size_t most) {
    const std::size_t got = queue_->take(pulled_.data(), most);
    took(pulled_.data(), got);
    for (std::size_t i = 0; i < got; ++i) {
        QueuedMessage message{std::move(pulled_[i]), never};
        if (edge_.spec->deadline != 0) message.last = after(message.item.queued, edge_.spec->deadline);
        if (message.item.again && shared_) again_.fetch_add(1);
        if (message.item.again && !shared_) {
            gauge_.enter();
            // Its part is over, and it was given out before: whatever came of that.
            if (run_.part_of(*edge_.to).closed()) {
                gauge_.leave();
                continue;
            }
            again_.fetch_add(1);
        }
        keyed_.put(std::move(message));
    }
    return got;
}

// How many deliveries could begin now. Where time has to pass first, an alarm is set.
std::uint64_t AsyncEdge::deliverable(Time now) {
    if (keyed_.ready() == 0) return 0;
    if (edge_.spec->rate != 0 && now < next_start_) {
        wake_at(next_start_);
        return 0;
    }
    const std::uint64_t batch = batch_now(now);
    if (batch == 0) return 0;
    // At a rate one after another: each looks at the clock when it begins.
    return edge_.spec->rate != 0 ? 1 : (keyed_.ready() + batch - 1) / batch;
}

// How many messages a delivery that begins now takes; 0: a batch is not yet full, and has not lingered long enough.
std::uint64_t AsyncEdge::batch_now(Time now) {
    const flow::EdgeSpec& spec = *edge_.spec;
    const bool lingers = spec.batch_linger != 0 && !flushing_ && !run_.shutdown.hurried();
    if (keyed_.ready() >= spec.batch_max || !lingers) return spec.batch_max;
    const Time due = after(keyed_.oldest(), spec.batch_linger);
    if (now >= due) return spec.batch_max;
    wake_at(due);
    return 0;
}

// An alarm that goes off while another is being set finds that it is not the one that is set, and leaves it.
void AsyncEdge::wake_at(Time when) {
    if (alarm_ != 0 && alarm_time_ <= when) return;
    if (alarm_ != 0) run_.timers.cancel(alarm_);
    alarm_time_ = when;
    alarm_ = run_.timers.at(when, [this, when] {
        {
            MutexLock lock(mutex_);
            if (alarm_time_ == when) {
                alarm_ = 0;
                alarm_time_ = never;
            }
        }
        notify(nullptr);
    });
}

bool AsyncEdge::rate_allows(Time now) {
    if (edge_.spec->rate == 0) return true;
    if (now < next_start_) return false;
    const auto interval = static_cast<Duration>(static_cast<double>(second) / edge_.spec->rate);
    if (next_start_ == 0 || after(next_start_, catch_up) < now) next_start_ = now;
    next_start_ += interval;
    return true;
}

// --- the deliveries' side ---

bool AsyncEdge::fill(Delivery& delivery) {
    run_.step();
    if (alone_ ? fill_alone(delivery) : fill_shared(delivery)) return true;
    gauge_.tell();
    if (run_.shutdown.cancelled()) run_.progress();
    return false;
}

bool AsyncEdge::fill_alone(Delivery& delivery) {
    delivery.messages.resize(1);
    do {
        // Looked up anew each time: while it rests another thread may have the delivery, and put other memory there.
        queue::Item& item = delivery.messages.front().item;
        if (run_.shutdown.cancelled() || !ring_->take_one(item)) continue;
        if (edge_.spec->deadline != 0) delivery.messages.front().last = after(item.queued, edge_.spec->deadline);
        room_.leave_alone(item.bytes);
        if (room_.waiting() != 0) run_.watchdog.need();
        delivery.attempt = 1;
        return true;
    } while (!rests(delivery));
    return false;
}

// Comes to rest, unless somebody has pushed meanwhile: whoever pushes looks whether the delivery rests after the message is
// there.
bool AsyncEdge::rests(Delivery& delivery) {
    run_.step();
    delivery.messages.clear();
    delivery.executing = false;
    executing_.store(0, std::memory_order_seq_cst);
    busy_.store(0, std::memory_order_seq_cst);
    run_.step();
    std::uint32_t resting = 0;
    if (run_.shutdown.cancelled() || ring_->empty() || !busy_.compare_exchange_strong(resting, 1)) return true;
    delivery.messages.resize(1);
    return false;
}

bool AsyncEdge::fill_shared(Delivery& delivery) {
    Deliveries scheduled;
    bool filled = false;
    std::uint64_t messages = 0, bytes = 0;
    {
        MutexLock lock(mutex_);
        if (std::exchange(delivery.scheduled, false)) scheduled_.fetch_sub(1);
        if (!stopped_ && retry_ready_.empty() && !run_.shutdown.cancelled()) {
            pull();
            const Time now = run_.world.now();
            std::uint64_t batch = keyed_.ready() == 0 ? 0 : batch_now(now);
            if (batch != 0 && !rate_allows(now)) {
                wake_at(next_start_);
                batch = 0;
            }
            if (batch != 0) keyed_.take(batch, delivery.messages);
            delivery.attempt = delivery.first_attempt();
            delivery.in_quarantine = batch != 0 && durable_ && !run_.quarantine.over();
            filled = batch != 0;
            messages = delivery.messages.size();
            bytes = delivery.bytes();
        }
        if (!filled) rest(delivery);
        if (scheduled_.load() < enough_) schedule(scheduled);
    }
    post(scheduled, nullptr);
    if (filled && ring_ != nullptr) {
        room_.leave(messages, bytes);
        if (room_.waiting() != 0) run_.watchdog.need();
    }
    // Whoever pushed while all were busy has told nobody.
    if (!filled) notify(nullptr);
    if (!filled) keep_what_is_far_off();
    if (!filled) keep_if_empty();
    return filled;
}

Delivery* AsyncEdge::successor() {
    if (alone_) return nullptr;
    Delivery* next = nullptr;
    {
        MutexLock lock(mutex_);
        if (stopped_ || busy_.load() >= edge_.spec->workers_max) return nullptr;
        pull();
        if (keyed_.ready() == 0) return nullptr;
        next = &idle_one();
        busy_.fetch_add(1);
    }
    return fill(*next) ? next : nullptr;
}

void AsyncEdge::rest(Delivery& delivery) {
    idle_.push_back(&delivery);
    busy_.fetch_sub(1, std::memory_order_seq_cst);
}

void AsyncEdge::go_on(Delivery& delivery, ThreadContext& thread) { run_.scheduler.post(delivery, &thread); }

// A cancelled run waits for whatever has begun; what has not begun leaves its messages where they are.
bool AsyncEdge::begins(Delivery& delivery) {
    if (!std::exchange(delivery.executing, true)) executing_.fetch_add(1, std::memory_order_seq_cst);
    if (!run_.shutdown.cancelled()) {
        if (durable_) enter_handler(delivery);
        return true;
    }
    delivery.executing = false;
    executing_.fetch_sub(1, std::memory_order_seq_cst);
    run_.progress();
    return false;
}

// One that goes on at once with the next message is executing all the while.
void AsyncEdge::ends(Delivery& delivery) {
    if (alone_ && delivery.messages.empty()) return;
    delivery.executing = false;
    executing_.fetch_sub(1, std::memory_order_seq_cst);
    if (std::exchange(delivery.in_quarantine, false)) run_.quarantine.tried(in_quarantine_);
    if (run_.shutdown.cancelled()) run_.progress();
}

bool AsyncEdge::settle(ThreadContext& thread, QueuedMessage& message, CallResult& result) {
    Counts& counts = thread.counts[edge_.index];
    if (result.failed() && result.error->code == Code::cancelled && run_.shutdown.cancelled()) return false;
    if (!queue_->forgets()) {
        in_doubt_.fetch_add(1);  // until settled()
        answers_due_.fetch_add(1);
        if (!result.failed()) queue_->ack(message.item.lease);
        else letters_ ? bury(message, *result.error) : queue_->reject(message.item.lease, *result.error);
    }
    if (message.item.again && !shared_) return true;  // it was counted when it was given out first
    if (result.failed() && letters_) {
        add(counts.claimed);
        run_.totals.handled.fetch_add(1, std::memory_order_relaxed);
    } else if (result.failed()) {
        add(counts.failed);
        run_.totals.unclaimed.fetch_add(1, std::memory_order_relaxed);
        message.item.unit.failed(*result.error);
        run_.report(nullptr, &edge_, &message.item.meta, *result.error);
    } else {
        add(result.handled ? counts.claimed : counts.ok);
    }
    return true;
}

void AsyncEdge::settled(Delivery& delivery) {
    if (alone_) {
        if (!delivery.messages.empty()) gauge_.leave_alone();
        delivery.messages.clear();
        return;
    }
    {
        MutexLock lock(mutex_);
        for (const QueuedMessage& message : delivery.messages) keyed_.done(message);
    }
    const std::size_t n = delivery.messages.size();
    delivery.messages.clear();
    gauge_.leave(n);
}

// In the middle of a turn those who wait are woken for half of the queue at a time. Where the turn takes long the watchdog
// does it before (admit_late): a message whose handler takes its time holds up nobody for whom there is room.
void AsyncEdge::had_turn(unsigned turns) {
    constexpr unsigned stretch = 32;
    if (turns % stretch == stretch - 1 && room_.waiting() != 0 && room_.messages() <= half_) room_.admit();
}

// One that goes on at once with the next messages is not at the end of its work.
void AsyncEdge::end_turn(bool goes_on) {
    run_.step();
    gauge_.tell();
    if (!goes_on || !straight_ || room_.messages() <= half_) room_.admit();
}

bool AsyncEdge::admit_late() {
    room_.admit();
    return false;
}

// Messages in backoff keep room: beyond the bounds if need be.
void AsyncEdge::back_off(Delivery& delivery, Time until) {
    Deliveries scheduled;
    {
        MutexLock lock(mutex_);
        delivery.backs_off_until = until;
        if (keeps_) {
            lock.unlock();
            return give_back(delivery, true);
        }
        in_backoff_.push_back(&delivery);
        if (!in_order()) busy_.fetch_sub(1, std::memory_order_seq_cst);
        room_.enter_anyway(delivery.messages.size(), delivery.bytes());
        delivery.backoff = run_.timers.at(until, [this, &delivery] { resume(delivery); });
        if (!in_order()) schedule(scheduled);
    }
    post(scheduled, nullptr);
    if (!run_.retries() && !durable_) resume(delivery);  // hurry() may have been too early to see it
    if (durable_ && edge_.spec->order != flow::Order::none) run_.quarantine.leave(in_quarantine_);
    keep_what_is_far_off();
}

// Its backoff is over: it goes before what has not been tried, as soon as there is a place for it.
void AsyncEdge::resume(Delivery& delivery) {
    bool now = false;
    {
        MutexLock lock(mutex_);
        const auto at = std::find(in_backoff_.begin(), in_backoff_.end(), &delivery);
        if (at == in_backoff_.end() || stopped_) return;
        if (!rate_allows(run_.world.now())) {
            delivery.backoff = run_.timers.at(next_start_, [this, &delivery] { resume(delivery); });
            return;
        }
        *at = in_backoff_.back();
        in_backoff_.pop_back();
        delivery.backoff = 0;
        room_.leave(delivery.messages.size(), delivery.bytes());
        now = in_order();
        if (!now) retry_ready_.push_back(&delivery);
    }
    if (now) {
        run_.scheduler.post(delivery, nullptr);
    } else {
        notify(nullptr);
    }
    room_.admit();
}

// --- the end ---

void AsyncEdge::hurry() {
    std::vector<std::pair<Delivery*, World::TimerId>> waiting;
    {
        MutexLock lock(mutex_);
        for (Delivery* delivery : in_backoff_) waiting.emplace_back(delivery, delivery->backoff);
    }
    for (auto& [delivery, timer] : waiting) {
        if (run_.timers.cancel(timer)) resume(*delivery);
    }
    if (edge_.spec->batch_linger != 0) notify(nullptr);
}

void AsyncEdge::flush(Duration patience) {
    {
        MutexLock lock(mutex_);
        flushing_ = true;
        patience_ = patience;
    }
    notify(nullptr);
    keep_what_is_far_off();
    keep_if_empty();
}

// Who waits for room is sent away; so is who waits without a thread for the queue's word, which may never come.
void AsyncEdge::cancel() {
    room_.close();
    std::vector<RoomWait*> waits;
    {
        MutexLock lock(mutex_);
        for (auto& [push, wait] : pushes_) {
            if (wait != nullptr && !wait->has_thread()) waits.push_back(std::exchange(wait, nullptr));
        }
    }
    for (RoomWait* wait : waits) wait->go_on(false);
}

void AsyncEdge::stop() {
    {
        MutexLock lock(mutex_);
        stopped_ = true;
        if (alarm_ != 0) run_.timers.cancel(alarm_);
        for (Delivery* delivery : in_backoff_) run_.timers.cancel(delivery->backoff);
    }
    if (letters_) letters_->close();
    queue_->close();
}

queue::Depth AsyncEdge::depth() const {
    if (ring_ == nullptr) return queue_->depth();
    return {room_.messages(), room_.bytes()};
}

}  // namespace flowrun::engine
