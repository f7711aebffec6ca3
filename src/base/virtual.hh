#pragma once
// A World for tests, in which the same code runs with threads that are real but take turns: one runnable thread at a time
// holds the baton, a seed draws who is next, and when none can run time jumps to the next timer. So an hour of backoff
// takes a millisecond, and a seed replays a run exactly.
//
// The thread that makes it takes part, and holds the baton first. A thread must not give the baton away (wait, join,
// step) while it holds a lock other than the one it waits with, and must not block outside this World.
// When no thread can run and no timer is left, all wait for ever: `stuck` is called, and must not return.

#include <cstdint>
#include <functional>
#include <memory>

#include "base/world.hh"

namespace flowrun {

class Virtual final : public World {
public:
    explicit Virtual(std::uint64_t seed, std::function<void()> stuck = {});
    ~Virtual() override;  // all started threads have ended
    Virtual(const Virtual&) = delete;
    Virtual& operator=(const Virtual&) = delete;

    Time now() override;
    std::int64_t wall() override;  // starts at 2026-01-01T00:00:00Z
    [[nodiscard]] Thread start(std::string name, Job job) override;
    using World::wait;
    bool wait(Condition& condition, std::unique_lock<std::mutex>& lock, Time until) override;
    void wake_one(Condition& condition) override;
    void wake_all(Condition& condition) override;
    TimerId at(Time when, Job job) override;
    bool cancel(TimerId timer) override;
    bool ready(int, bool) override { return true; }
    WatchId watch(int fd, bool write, Job job) override;  // ready at once
    bool unwatch(WatchId id) override;
    void step() override;
    bool steps() const override { return true; }

    // How often the baton has changed hands.
    std::uint64_t turns() const;

private:
    struct State;
    struct Handle;
    std::unique_ptr<State> state_;
};

}  // namespace flowrun
