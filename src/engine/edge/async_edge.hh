#pragma once
// An async edge: emitters push into its queue on one side, its deliveries run on the scheduler's threads on the other.
//
// The way in: room (room/room.hh) - queue - and the consumer is told. The way out: the consumer has as many deliveries as the
// edge has workers; one that is free takes what the order, the batch and the rate allow, and has it handled
// (edge/delivery.hh). One message at a time in order is the same with one delivery, and does without the lock.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/adaptive_mutex.hh"
#include "engine/call/entry.hh"
#include "engine/edge/consumer.hh"
#include "engine/edge/dead_letters.hh"
#include "engine/edge/delivery.hh"
#include "engine/edge/keyed_queue.hh"
#include "engine/room/in_flight.hh"
#include "engine/room/room.hh"
#include "queue/ring.hh"

namespace flowrun::engine {

class RoomWait;

class AsyncEdge final : public Consumer, private queue::Queue::Listener {
public:
    // `queue`: what it holds its messages in; nullptr: a ring in memory.
    // `letters`: where what fails for good goes; nullptr: its queue keeps that.
    AsyncEdge(RunContext& run, Edge& edge, std::unique_ptr<queue::Queue> queue = nullptr,
              std::shared_ptr<DeadLetters> letters = nullptr);
    ~AsyncEdge();

    // --- the emitters' side ---

    // OK: accepted, or dropped by the edge's policy. PENDING, only with `then`: there is no room now.
    CallResult push(ThreadContext& thread, queue::Item&& item, Continuation* then);

    // --- the runner's ---

    void begin();  // what an earlier run has left in its queue is delivered from here on
    void keep();   // told to stop: what a durable queue holds stays there for a later run
    // Nothing more comes from outside its part: a batch that is not full goes as it is. What a durable queue holds stays there
    // for a later run once nothing of it is due within `patience`.
    void flush(Duration patience);
    void hear();        // what was dealt with is noted now, or never
    void hurry();       // told to stop: what is in backoff is tried once more, now, and no batch lingers
    void cancel();      // whoever waits for room is sent away
    void stop();        // nothing is in progress any more, and nothing will begin
    bool admit_late();  // those for whom there has been room since a turn began that takes long; false

    queue::Depth depth() const;
    // Accepted, and no final result yet; where the queue answers later, also what it has not yet said that it holds.
    std::uint64_t in_flight() const { return gauge_.count(); }
    bool answers_later() const { return ring_ == nullptr; }
    std::uint64_t executing() const { return executing_.load(std::memory_order_acquire); }
    std::uint64_t in_doubt() const { return in_doubt_.load(); }  // dealt with, but the queue has not said that it knows
    std::uint64_t accepted_late();                         // by the queue, when nobody waited for its answer any more
    std::uint64_t again() const { return again_.load(); }  // given out once more by the queue
    bool durable() const { return durable_; }
    // Dealt with here, after the queue had given it to somebody else: it is dealt with twice.
    std::uint64_t lapsed() const { return lapsed_.load(); }
    std::uint64_t spilled() const { return queue_->stays(); }  // of one of memory, what lies in its store
    // In a durable queue, and not put there by this run: left by an earlier one, or put there by hand.
    std::uint64_t found() const { return found_.load(); }
    std::uint64_t removed() const { return removed_.load(); }  // out of a durable queue, by hand
    // Answers that the queue still owes to what has been dealt with.
    std::uint64_t answers_due() const { return answers_due_.load(); }
    std::uint64_t damaged() const { return lost_.load(); }  // of those found, that cannot be read
    bool is_broken() const { return broken_.load(); }       // its queue cannot be used any more
    bool is_full() const { return is_full_.load(); }        // there is no room where its queue lies
    const Edge& edge() const override { return edge_; }

private:
    friend class RoomWait;

    // For its deliveries.
    bool fill(Delivery& delivery) override;
    Delivery* successor() override;
    void go_on(Delivery& delivery, ThreadContext& thread) override;
    bool begins(Delivery& delivery) override;
    void ends(Delivery& delivery) override;
    bool settle(ThreadContext& thread, QueuedMessage& message, CallResult& result) override;
    void settled(Delivery& delivery) override;
    void back_off(Delivery& delivery, Time until) override;
    void tries_again(const QueuedMessage& message, Time next, std::uint32_t made, const Error& error) override;
    void had_turn(unsigned turns) override;
    void end_turn(bool goes_on) override;
    bool gives_away() const override { return alone_; }
    unsigned go_straight(ThreadContext& thread, Delivery& delivery, unsigned most,
                         std::optional<CallResult>& rest) override;
    bool straight() const override { return straight_; }

    using Deliveries = std::vector<Delivery*>;

    // Emitters.
    CallResult push_unguarded(ThreadContext& thread, queue::Item&& item, Continuation* then);
    CallResult overflow(ThreadContext& thread, queue::Item& item, Continuation* then, bool& again);
    CallResult wait_for_room(ThreadContext& thread, queue::Item& item);
    CallResult hand_over(ThreadContext& thread, const queue::Item& item, Continuation& then);
    void place(queue::Item& item);
    void push_in_turn(RoomWait& wait);
    void push_now(queue::Item& item, std::uint64_t push);
    bool push_at_once(ThreadContext& thread, queue::Item& item);
    void accepted(ThreadContext& thread);
    CallResult dropped_newest() const;
    std::optional<queue::Item> drop_oldest();
    void lose(const queue::Item& dropped);
    CallResult full() const;

    // Consumer.
    void notify(ThreadContext* from);
    void notify_alone(ThreadContext* from);
    bool fill_alone(Delivery& delivery);
    bool rests(Delivery& delivery);
    bool fill_shared(Delivery& delivery);
    void post(const Deliveries& deliveries, ThreadContext* from);
    std::size_t take_from_queue(queue::Item* items, std::size_t n);
    void schedule(Deliveries& scheduled) REQUIRES(mutex_);
    void pull() REQUIRES(mutex_);
    std::size_t pull(std::size_t most) REQUIRES(mutex_);
    std::uint64_t ahead() REQUIRES(mutex_);
    void pull_interrupted() REQUIRES(mutex_);
    std::uint64_t deliverable(Time now) REQUIRES(mutex_);
    std::uint64_t batch_now(Time now) REQUIRES(mutex_);
    bool rate_allows(Time now) REQUIRES(mutex_);
    void wake_at(Time when) REQUIRES(mutex_);
    void rest(Delivery& delivery) REQUIRES(mutex_);
    Delivery& idle_one() REQUIRES(mutex_);
    // Of an edge that has but one delivery, for good.
    Delivery& only() NO_THREAD_SAFETY_ANALYSIS { return *all_.front(); }
    void resume(Delivery& delivery);
    bool in_order() const;

    // A durable queue (edge/durable.cc).
    void open_durable();
    void open_spill();
    void not_noted(const Error& why);
    void bury(const QueuedMessage& message, const Error& error);
    void held(std::int64_t more) REQUIRES(mutex_);
    void keep_what_is_far_off();
    void took(const queue::Item* items, std::size_t n) REQUIRES(mutex_);
    void keep_if_empty();
    bool found_empty() REQUIRES(mutex_);
    bool all_is_far_off() REQUIRES(mutex_);
    void enter_handler(const Delivery& delivery);
    void give_back(const QueuedMessage& message, std::uint32_t attempts, Duration delay);
    void give_back_waiting();
    void give_back(Delivery& delivery, bool busy);

    // The queue's.
    void pushed(std::uint64_t push, const Error* why) override;
    void arrived() override { notify(nullptr); }
    void settled(std::uint64_t lease, const Error* why) override;
    void lost(std::uint64_t messages, const Error& why) override;
    void added(std::uint64_t messages) override;
    void removed(std::uint64_t messages) override;
    void broken(const Error& why) override;
    void idle() override;
    void notice(std::string_view text) override;
    void full(const Error* why) override;
    void kept(std::uint64_t messages) override;

    RunContext& run_;
    Edge& edge_;
    const bool needs_time_;
    const bool alone_;          // in order, one at a time, nothing else: one delivery, and no lock
    const bool straight_;       // that, and a hop of it is nothing but the call
    const std::uint64_t half_;  // of its bound on messages
    Room room_;
    InFlight::Gauge gauge_;
    const std::unique_ptr<queue::Queue> queue_;
    const std::shared_ptr<DeadLetters> letters_;
    queue::Ring* const ring_;  // the same, where it is one

    std::atomic<std::uint32_t> busy_{0};  // deliveries not at rest; of those in backoff only where the order holds
    std::atomic<std::uint64_t> executing_{0};
    std::atomic<std::uint64_t> scheduled_{0};  // posted, and have not yet taken anything
    const std::uint64_t enough_;               // of those, to keep all busy: each schedules the next
    std::atomic<std::uint64_t> in_doubt_{0}, answers_due_{0}, again_{0};
    const bool durable_, spills_, shared_;
    std::atomic<std::uint64_t> found_{0}, lapsed_{0};
    std::uint64_t interrupted_ = 0;
    std::atomic<std::uint64_t> removed_{0};  // by hand, from what waited
    std::size_t in_quarantine_ = 0;          // its number there
    std::atomic<bool> broken_{false}, told_not_noted_{false}, told_full_{false}, is_full_{false};
    std::atomic<std::uint64_t> lost_{0};  // damaged in its store

    AdaptiveMutex mutex_{LockRank::edge};
    KeyedQueue keyed_ GUARDED_BY(mutex_);
    std::vector<queue::Item> pulled_ GUARDED_BY(mutex_);  // on their way into the keyed queue; else empty
    std::vector<std::unique_ptr<Delivery>> all_ GUARDED_BY(mutex_);
    Deliveries idle_ GUARDED_BY(mutex_), in_backoff_ GUARDED_BY(mutex_);
    // Whose backoff is over, and who wait for a place among the workers.
    std::deque<Delivery*> retry_ready_ GUARDED_BY(mutex_);
    Duration patience_ GUARDED_BY(mutex_) = never;  // once it is flushing
    bool flushing_ GUARDED_BY(mutex_) = false, stopped_ GUARDED_BY(mutex_) = false;
    Time next_start_ GUARDED_BY(mutex_) = 0;  // by the rate
    Time alarm_time_ GUARDED_BY(mutex_) = never;
    World::TimerId alarm_ GUARDED_BY(mutex_) = 0;
    // Pushes that the queue has not yet answered; nullptr: nobody waits.
    std::unordered_map<std::uint64_t, RoomWait*> pushes_ GUARDED_BY(mutex_);
    std::uint64_t last_push_ GUARDED_BY(mutex_) = 0;
    // Who has room and has not been pushed, by turn from turn_ on. Nothing: has yet to say so; nullptr: has given up. One
    // thread pushes them.
    std::deque<std::optional<RoomWait*>> in_turn_ GUARDED_BY(mutex_);
    std::uint64_t turn_ GUARDED_BY(mutex_) = 0;
    bool pushing_ GUARDED_BY(mutex_) = false;
    std::uint64_t admitted_ = 0;                          // with the room locked
    std::uint64_t accepted_late_ GUARDED_BY(mutex_) = 0;  // after whoever pushed had given up waiting
    // Of a durable queue: what it holds and has not given out. One may be given out before its push is answered.
    std::int64_t held_ GUARDED_BY(mutex_) = 0;
    Time last_pull_ GUARDED_BY(mutex_) = 0;
    bool keeps_ GUARDED_BY(mutex_) = false;  // nothing more is taken out of it
    // Of a shared one: it is taken from, which is a unit of its part; how often it has said since that it has nothing.
    bool consumes_ GUARDED_BY(mutex_) = false;
    unsigned idles_ GUARDED_BY(mutex_) = 0;
};

// What an emitter does: the edge's steps, and the push. Chosen for Edge::take.
CallResult enqueue(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                   const Entry& how);
CallResult enqueue_bare(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                        const Entry& how);

}  // namespace flowrun::engine
