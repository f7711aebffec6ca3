#pragma once
// Signals and a reader that went away, as they reach a run. SIGINT and SIGTERM: the first stops the sources and lets the
// rest drain, the second ends the run at once, the third ends the process. What comes within a tenth of a second counts
// once: timeout(1) and terminals send a signal to the process and to its group. SIGUSR1 prints what everybody is doing.

#include <atomic>
#include <mutex>

#include "base/machine.hh"
#include "engine/run/runner.hh"

namespace flowrun::command {

// Must outlive the Machine it listens to.
class Interrupts {
public:
    explicit Interrupts(Duration drain_timeout = 30 * second) : drain_timeout_(drain_timeout) {}

    // A signal that was ignored when the process began stays ignored.
    void listen(Machine& machine);
    // Between them a run is there to be told; at other times SIGINT and SIGTERM end the process.
    void begin(engine::Runner& runner);
    void end();

    // Any thread.
    void reader_gone();

    bool reader_is_gone() const { return reader_gone_; }
    int signal() const { return first_; }  // 0: none came

private:
    void arrive(int signal, Time now);

    const Duration drain_timeout_;
    std::mutex mutex_;
    engine::Runner* runner_ = nullptr;
    int count_ = 0;
    Time last_ = 0;  // when the last SIGINT or SIGTERM came
    std::atomic<int> first_ = 0;
    std::atomic<bool> reader_gone_ = false;
};

}  // namespace flowrun::command
