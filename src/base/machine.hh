#pragma once
// The real World: the machine's clocks and threads. ComponentTimers, signals and descriptors wait on one Boost.Asio thread, which
// is started when the first of them is asked for: a flow that needs none pays for none.

#include <functional>
#include <memory>
#include <vector>

#include "base/error.hh"
#include "base/world.hh"

namespace flowrun {

class Machine final : public World {
public:
    Machine();
    ~Machine() override;  // jobs that have not begun are forgotten
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    Time now() override;
    std::int64_t wall() override;
    [[nodiscard]] Thread start(std::string name, Job job) override;
    using World::wait;
    bool wait(Condition& condition, std::unique_lock<std::mutex>& lock, Time until) override;
    void wake_one(Condition& condition) override;
    void wake_all(Condition& condition) override;
    TimerId at(Time when, Job job) override;
    bool cancel(TimerId timer) override;
    bool ready(int fd, bool write) override;
    WatchId watch(int fd, bool write, Job job) override;
    bool unwatch(WatchId id) override;

    // Calls `job` with the signal's number, on the timer thread, each time one of these arrives, for as long as nobody
    // replaces their handlers. Starts that thread: a program that calls it first learns here whether it can be had. Once.
    Result<void> on_signals(const std::vector<int>& signals, std::function<void(int)> job);
    // These reach the job whatever becomes of their handlers. After on_signals, once, on the thread that starts the others:
    // they are blocked on it and on all that it starts, and unblocked again where the machine is destroyed.
    void hold_signals(const std::vector<int>& signals);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace flowrun
