#pragma once
// How a chain of calls goes on that cannot be finished on its thread: a handler answers later, or there is no room in a queue.

#include "engine/call/call_result.hh"

namespace flowrun::engine {

class ThreadContext;

// Something that is waited for without a thread, and that may be given up.
class Awaited {
public:
    // Gives it up. True: its result will not come, and discard() is called by whoever gave it up. False: it is coming.
    virtual bool withdraw() = 0;
    virtual void discard() = 0;

protected:
    ~Awaited() = default;
};

class Continuation {
public:
    // What is to have the result instead of this, which may lie on the stack. Called at most once, before the chain leaves
    // the thread, with nothing of the chain's own on the stack any more. nullptr: nobody wants the result; then the chain
    // ends on its thread, where it will be told so.
    virtual Continuation* lasting(ThreadContext& thread) = 0;
    // What the chain waits for, told once to a lasting continuation, perhaps after that has ended already. nullptr: another
    // chain that goes on with this one.
    virtual void awaits(Awaited* awaited) = 0;
    // Whether such a result is but noted: it may be told on any thread at once, and no component's code waits in that.
    virtual bool notes(const CallResult&) const { return false; }
    // Once; on one of the scheduler's threads, unless it notes().
    virtual void result(ThreadContext& thread, CallResult result) = 0;

protected:
    ~Continuation() = default;
};

}  // namespace flowrun::engine
