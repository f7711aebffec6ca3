#pragma once
// One message's visit to one node: what a plugin holds as `flowrun_call *`. It lies on the stack of who delivers, or, once
// pending, in its ticket. What few calls need is in an Extra, lent by the lane.

#include <cstdint>
#include <memory>
#include <vector>

#include <flowrun/host.h>

#include "base/arena.hh"
#include "base/error.hh"
#include "engine/made_settings.hh"
#include "queue/meta.hh"
#include "value/builder.hh"
#include "value/node.hh"
#include "value/value.hh"

namespace flowrun::engine {

class Lane;
class Ticket;
struct Node;

struct Extra {
    std::unique_ptr<Error> error;                           // of this call: host->fail
    std::unique_ptr<Error> last_error;                      // of its last emit
    value::Value reply;                                     // of this call
    value::Value last_reply;                                // of its last emit
    Arena arena;                                            // of its settings
    std::vector<std::unique_ptr<value::Builder>> builders;  // each holds one value made for this call
    std::size_t built = 0;                                  // of the builders, those in use
    MadeSettings made_settings;
    std::unique_ptr<Extra> of_item;  // holds the setting of one element, until the next
    std::int32_t setting_status = 0;
    std::unique_ptr<std::string> text;  // what a flowrun_meta or flowrun_error handed out points at
    std::vector<value::Value> kept;     // alive until the call ends

    value::Builder& builder();
    void clear();
};

struct Call {
    enum class Kind : std::uint8_t {
        message,  // handle, for a message
        source,   // run: each emit begins a new message
        root,     // end, begin: likewise
    };

    Lane* lane = nullptr;
    const Node* node = nullptr;
    const queue::Meta* meta = nullptr;  // nullptr unless kind is message
    const value::Node* message = nullptr;
    const value::Node* forwarded = nullptr;
    Extra* extra = nullptr;
    Ticket* ticket = nullptr;
    Ticket* of = nullptr;  // a pending call: whose it is
    std::uint32_t forward_port = 0;
    std::uint32_t attempt = 1;
    Kind kind = Kind::message;

    Extra& more();  // lends one when there is none
};

inline Call& call_of(flowrun_call* call) { return *reinterpret_cast<Call*>(call); }
inline flowrun_call* handle_of(Call& call) { return reinterpret_cast<flowrun_call*>(&call); }
inline const value::Node* node_of(const flowrun_value* v) { return reinterpret_cast<const value::Node*>(v); }
inline const flowrun_value* handle_of(const value::Node* v) { return reinterpret_cast<const flowrun_value*>(v); }

}  // namespace flowrun::engine
