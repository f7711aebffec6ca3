#pragma once
// What failed, on its way to the ports of a node that take failures.

#include <memory>

#include "engine/call/continuation.hh"
#include "engine/call/error_port.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

// The port of the node that a failure goes to next; `asked`: the one that it has gone to last. None where no port is left that
// takes it and has an edge, and where the call is not wanted any more.
ErrorPort next_error_port(const ThreadContext& thread, const Node& node, const Error& error, ErrorPort asked);

// What a failure has become when a port has sent it: `sent` came of that, and it is handled, with `cause` left as it is. Or it
// goes on: as it was, where no edge let it through; else as what went wrong there.
CallResult after_error_port(RunContext& run, CallResult sent, std::unique_ptr<Error>& cause);

// `{error, msg}`, as the value that an error port sends.
class ErrorMessage {
public:
    ErrorMessage(ThreadContext& thread, const Error& error, const value::Node* message);
    // Out of the port. It runs outside of a deadline that has passed.
    CallResult send(ThreadContext& thread, const Node& node, ErrorPort port, const queue::Meta* meta,
                    Continuation* then) const;

    CallScratch* const scratch;  // holds the value; the caller's to release once the route has a result

private:
    const value::Node* made_;
};

// The whole of it for a failure outside of any frame, waiting on the thread: handled where a port took it; else the
// failure to go on with.
CallResult to_error_route(ThreadContext& thread, const Node& node, const queue::Meta* meta, const value::Node* message,
                          CallResult failed);

}  // namespace flowrun::engine
