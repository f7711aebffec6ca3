#pragma once
// Signals that a node of the flow may take (SIGUSR1, SIGUSR2, SIGHUP) wait from the beginning of the process until it is
// there to take them: before that they would end the process.

#include <signal.h>

namespace flowrun::command {

// The calling thread's; threads that it starts meanwhile keep holding them.
class HeldSignals {
public:
    HeldSignals();
    ~HeldSignals() { release(); }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    // What came meanwhile comes now; unless whoever started us holds it too.
    void release();
    // Likewise, but that comes in any case: a node is there for it.
    void deliver();

private:
    sigset_t before_;
    bool held_ = true;
};

}  // namespace flowrun::command
