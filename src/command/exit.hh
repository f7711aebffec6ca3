#pragma once
// How the process ends. Part of what users build on: numbers never change their meaning.

namespace flowrun::command {

enum class Exit : int {
    ok = 0,
    failed = 1,         // messages failed or were lost, or output could not be written
    usage = 64,         // the command line
    unavailable = 69,   // something needed is not there: a file, a service
    running = 75,       // already running: the lock is taken
    flow = 78,          // the flow is wrong
    time_up = 124,      // the run's time was up
    interrupted = 130,  // by SIGINT, before it was drained
    terminated = 143,   // by SIGTERM, before it was drained
    reader_gone = 141,  // the reader of stdout went away
};

// The one that is told when both hold: 78, 64, 69, 75, then 124, 130 and 143, 1, 141, 0.
Exit graver(Exit a, Exit b);

inline int code_of(Exit e) { return static_cast<int>(e); }

}  // namespace flowrun::command
