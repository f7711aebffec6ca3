#pragma once
// Signals and a reader that went away, as they reach a run. Whatever would end the process: the first stops the sources and
// lets the rest drain, the second ends the run at once, the third ends the process. What comes within a tenth of a second
// counts once: timeout(1) and terminals send a signal to the process and to its group. SIGUSR1 prints what everybody is doing.
// Left as they are: what asks for a core dump, and what a node takes for itself later.

#include <atomic>
#include <mutex>

#include "base/error.hh"
#include "base/machine.hh"
#include "engine/run/runner.hh"

namespace flowrun::command {

// Must outlive the Machine it listens to.
class Interrupts {
public:
    explicit Interrupts(Duration drain_timeout = 30 * second) : drain_timeout_(drain_timeout) {}

    // A signal that was ignored when the process began stays ignored. `taken`: a node may take SIGHUP, SIGUSR1 or SIGUSR2 for
    // itself; all others reach this whatever a component does with their handlers.
    Result<void> listen(Machine& machine, bool taken = false);
    // Between them a run is there to be told; before, signals end the process, and afterwards SIGINT and SIGTERM do.
    void begin(engine::Runner& runner);
    void end();

    // Any thread.
    void reader_gone();

    bool reader_is_gone() const { return reader_gone_; }
    int signal() const { return first_; }  // 0: none came

private:
    void arrive(int signal, Time now);
    void stop_for(int signal, Time now);

    const Duration drain_timeout_;
    std::mutex mutex_;
    engine::Runner* runner_ = nullptr;
    bool over_ = false;  // there was a run
    int count_ = 0;
    Time last_ = 0;  // when the last SIGINT or SIGTERM came
    std::atomic<int> first_ = 0;
    std::atomic<bool> reader_gone_ = false;
};

}  // namespace flowrun::command
