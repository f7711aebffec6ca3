#pragma once
// What an edge does to a message before it is queued or attempted: when, map, key. A failure here is the emitter's.

#include "engine/call/call_result.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

struct Steps {
    CallResult result;
    bool filtered = false;  // `when` was false
    const value::Node* message = nullptr;
    queue::Meta* own_meta = nullptr;  // with the key; owned by who takes the steps
    CallScratch* made = nullptr;      // holds the value that `map` made; owned likewise
};
Steps take_steps(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message);

// Whether a failed attempt is to be repeated, by `retry.when` or by the error's own mark. Where the expression fails it is
// not, and that failure takes the place of the attempt's.
bool worth_retrying(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                    CallResult& failed);

}  // namespace flowrun::engine
