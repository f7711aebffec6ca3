#pragma once
// How the process ends. Part of what users build on: numbers never change their meaning.

#include <signal.h>

namespace flowrun::command {

enum class Exit : int {
    ok = 0,
    failed = 1,         // messages failed or were lost, or output could not be written
    usage = 64,         // the command line
    unavailable = 69,   // something needed is not there: a file, a service
    broken = 70,        // a component has ended the process
    running = 75,       // already running: the lock is taken
    flow = 78,          // the flow is wrong
    time_up = 124,      // the run's time was up
    interrupted = 130,  // by SIGINT, before it had come to its end and was drained
    terminated = 143,   // by SIGTERM, likewise; by any other signal: 128 and its number
    reader_gone = 141,  // the reader of stdout went away
};

inline Exit exit_of_signal(int signal) { return static_cast<Exit>(128 + signal); }
inline bool is_of_signal(Exit e) { return static_cast<int>(e) > 128 && e != Exit::reader_gone; }

// The one that is told when both hold: 78, 64, 69, 70, 75, then 124, those of signals, 1, 141, 0.
Exit graver(Exit a, Exit b);

// With which of them the process ends that had this signal (0: none): a shell is to end the loop that runs what somebody has
// interrupted, whatever came of it.
inline Exit ending_of(Exit e, int signal) { return signal == SIGINT ? graver(e, Exit::interrupted) : e; }

// How the process ends. After an interrupt by the signal itself: a shell that runs it in a loop ends the loop only then.
[[nodiscard]] int end_with(Exit e);

inline int code_of(Exit e) { return static_cast<int>(e); }

}  // namespace flowrun::command
