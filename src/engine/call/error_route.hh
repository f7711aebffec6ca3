#pragma once
// What failed, on its way to an error port.

#include "engine/call/continuation.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

// Whether a failure in the node goes to its error port at all: there is an edge, and the call is still wanted.
bool has_error_route(const ThreadContext& thread, const Node& node);

// `{error, msg}`, as the value that an error port sends.
class ErrorMessage {
public:
    ErrorMessage(ThreadContext& thread, const Error& error, const value::Node* message);
    // Out of the error port. It runs outside of a deadline that has passed.
    CallResult send(ThreadContext& thread, const Node& node, const queue::Meta* meta, Continuation* then) const;

    CallScratch* const scratch;  // holds the value; the caller's to release once the route has a result

private:
    const value::Node* made_;
};

// The whole of it for a failure outside of any frame, waiting on the thread: handled where the route took it; else the
// failure to go on with.
CallResult to_error_route(ThreadContext& thread, const Node& node, const queue::Meta* meta, const value::Node* message,
                          CallResult failed);

}  // namespace flowrun::engine
