#pragma once
// One message's call of one node: what a plugin holds as `flowrun_call *`. It lies on the stack of who delivers, or, once
// pending, in its PendingCall. What few calls need is in a CallScratch.

#include <cstdint>

#include <flowrun/host.h>

#include "engine/call/scratch.hh"
#include "queue/meta.hh"
#include "value/node.hh"

namespace flowrun::engine {

class PendingCall;
class ThreadContext;
struct Node;

struct Call {
    enum class Kind : std::uint8_t {
        message,      // handle, for a message
        source,       // run: each emit begins a new message
        spontaneous,  // end, begin: likewise
    };

    // In place of the port: it has forwarded more than once.
    static constexpr std::uint32_t forwarded_twice = 0xFFFFFFFF;

    ThreadContext* thread = nullptr;
    const Node* node = nullptr;
    const queue::Meta* meta = nullptr;  // nullptr unless kind is message
    const value::Node* message = nullptr;
    const value::Node* forwarded = nullptr;
    CallScratch* scratch = nullptr;
    PendingCall* pending = nullptr;  // it has asked to answer later
    PendingCall* of = nullptr;       // it is that of a pending call
    std::uint32_t forward_port = 0;
    std::uint32_t attempt = 1;
    Kind kind = Kind::message;
    bool batched = false;   // one of several in a handle_batch
    bool draining = false;  // a source that was told to stop hands on what it has left

    CallScratch& more();  // acquires one where there is none
};

inline Call& call_of(flowrun_call* call) { return *reinterpret_cast<Call*>(call); }
inline flowrun_call* handle_of(Call& call) { return reinterpret_cast<flowrun_call*>(&call); }
inline const value::Node* node_of(const flowrun_value* v) { return reinterpret_cast<const value::Node*>(v); }
inline const flowrun_value* handle_of(const value::Node* v) { return reinterpret_cast<const flowrun_value*>(v); }

}  // namespace flowrun::engine
