#pragma once
// The deliveries of an edge with one worker, in order, one message at a time. All of a turn's state is touched by one
// thread at a time; what others bring (messages, completions, room) comes through the queue and atomics.

#include <atomic>
#include <cstdint>
#include <mutex>

#include "engine/pump.hh"
#include "engine/task.hh"
#include "engine/ticket.hh"

namespace flowrun::engine {

class Single final : public Pump, public Task, private Continuation {
public:
    Single(Run& run, Edge& edge);

    void notify(Lane* from) override;
    void run(Lane& lane) override;
    void wake(Lane& lane) override { notify(&lane); }
    std::uint64_t executing() const override;
    void hurry() override;
    void stop() override;

private:
    enum class State : std::uint8_t { idle, queued, running };
    static constexpr unsigned turn = 256;  // messages at most

    bool at_work() const override { return state_.load(std::memory_order_relaxed) != State::idle; }
    bool drop_oldest() override;
    bool has_work() const;
    bool begin(Lane& lane);
    void deliver(Lane& lane);
    bool retry(Lane& lane);
    void back_off(Time until);
    void resume();
    void result(Lane& lane, std::int32_t status) override;
    void settle(Lane& lane, std::int32_t status);

    std::atomic<State> state_{State::idle};
    std::atomic<bool> pending_{false};  // a delivery has no result yet: what is behind it waits
    std::atomic<bool> backing_off_{false};
    std::atomic<bool> resume_{false};  // the message in delivery is to be tried again now
    queue::Item item_;                 // in delivery
    std::uint32_t attempt_ = 1;        // of that
    Time last_ = never;                // when its deadline passes

    std::mutex backoff_mutex_;
    World::TimerId backoff_ = 0;  // guarded by it; 0: not in backoff
};

}  // namespace flowrun::engine
