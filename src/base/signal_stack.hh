#pragma once
// A stack of its own for the signal handlers of a thread: a handler that tells of an overflow of the stack cannot run on that.

#include <memory>

namespace flowrun {

// Made and destroyed on its thread. Does nothing where the thread has one already, as with sanitizers.
class SignalStack {
public:
    SignalStack();
    ~SignalStack();
    SignalStack(const SignalStack&) = delete;
    SignalStack& operator=(const SignalStack&) = delete;

private:
    std::unique_ptr<char[]> memory_;
};

}  // namespace flowrun
