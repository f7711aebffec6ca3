#pragma once
// Starts a program, at a cost that does not depend on how large this process is.

#include <sys/types.h>

#include <cstddef>
#include <memory>

#include "command.hh"
#include "descriptor.hh"

namespace flowrun::core::exec {

// What the program begins with.
struct Standard {
    int in = -1, out = -1, err = -1;
};

struct Launched {
    int error = 0;           // errno; 0: it runs
    bool in_folder = false;  // the error was in changing to the folder
    pid_t pid = -1;
    Descriptor end;  // a pidfd: readable when it has ended
};

// The stack on which a child stands until its program is executed. One launch at a time.
class LaunchPad {
public:
    LaunchPad();
    LaunchPad(const LaunchPad&) = delete;
    LaunchPad& operator=(const LaunchPad&) = delete;
    ~LaunchPad();

    // The child shares our memory, and this thread waits, until it has executed the program. That has a process group of
    // its own and no terminal (a session of its own where this process has one: a new session is not cheap); signals as a program expects them, but those that were ignored when
    // this process began stay so; no descriptor but the standard three. The kernel kills it when *this thread* ends, so
    // that nothing outlives the process, however that ends: call it on a thread that lasts.
    Launched launch(const Command& command, const Standard& standard);

private:
    void* stack_ = nullptr;
    std::size_t size_ = 0;
    bool terminal_;  // this process has one
};

}  // namespace flowrun::core::exec
