#pragma once
// The deliveries of an edge whose policy asks for more than one message after another: workers, an order by key or none,
// batches, a rate, or a timeout that has to hold against code that never looks.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/brief.hh"
#include "engine/backlog.hh"
#include "engine/delivery.hh"
#include "engine/pump.hh"

namespace flowrun::engine {

class Crew final : public Pump {
public:
    Crew(Run& run, Edge& edge);
    ~Crew() override;

    void notify(Lane* from) override;
    std::uint64_t executing() const override { return executing_.load(std::memory_order_acquire); }
    void flush() override;
    void hurry() override;
    void stop() override;

private:
    friend class Delivery;

    bool at_work() const override { return busy_.load(std::memory_order_relaxed) >= edge_.spec->workers_max; }
    bool drop_oldest() override;

    // The deliveries' side. False: there is nothing for it now, and it rests.
    bool fill(Delivery& delivery);
    // Who goes on where one has to wait for its result; nullptr: there is nothing more now.
    Delivery* successor();
    // What has its final result: keys are free, the account is settled.
    void done(Delivery& delivery);
    // Some of its parcels are to be tried again, at its next_try_.
    void back_off(Delivery& delivery);
    void resume(Delivery& delivery);
    Delivery& replacement(Delivery& given_up);
    void rest_given_up(Delivery& delivery);

    // With the mutex held:
    void pull();
    std::uint64_t deliverable(Time now);
    std::uint64_t batch_now(Time now);
    bool rate_allows(Time now);
    void hire(std::vector<Delivery*>& hired);
    void rest(Delivery& delivery);
    void wake_at(Time when);
    Delivery& idle_one();
    void post(const std::vector<Delivery*>& hired, Lane* from);
    bool in_order() const { return edge_.spec->order == flow::Order::fifo; }

    std::atomic<std::uint32_t> busy_{0};  // deliveries not at rest; of those in backoff only where the order holds
    std::atomic<std::uint64_t> executing_{0};
    std::atomic<std::uint64_t> hired_{0};  // posted, and have not yet taken anything
    const std::uint64_t enough_;           // of those, to keep all busy: each hires the next
    BriefMutex mutex_;                     // guards the rest
    Backlog backlog_;
    std::vector<queue::Item> pulled_ = std::vector<queue::Item>(64);  // on their way into the backlog; else empty
    std::vector<std::unique_ptr<Delivery>> all_;
    std::vector<Delivery*> idle_;
    std::deque<Delivery*> again_;  // whose backoff is over, and who wait for a place among the workers
    std::vector<Delivery*> in_backoff_;
    bool flushing_ = false, stopped_ = false;
    Time next_start_ = 0;  // by the rate
    Time alarm_time_ = never;
    World::TimerId alarm_ = 0;
};

}  // namespace flowrun::engine
