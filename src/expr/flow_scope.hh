#pragma once
// What the expressions of a flow may see. All contexts share one layout of slots, so that one Frame serves every
// expression of a flow: the fixed slots below, then the parameters in their order, then the environment in its order.

#include <string>
#include <utility>
#include <vector>

#include "expr/scope.hh"

namespace flowrun::expr {

// In the order of the comment: what the engine puts there.
enum FlowSlot : Slot {
    slot_msg,                // the body
    slot_meta_id,            // string
    slot_meta_key,           // string; absent without a key
    slot_meta_attempt,       // int, from 1
    slot_meta_index,         // int; absent outside a split
    slot_meta_total,         // int; absent outside a split
    slot_meta_time,          // timestamp: when the message was emitted
    slot_meta_trace,         // string: the trace id in hex
    slot_error_code,         // string: "timeout" and so on
    slot_error_message,      // string
    slot_error_retryable,    // bool
    slot_error_retry_after,  // duration; absent when not said
    slot_error_node,         // string
    slot_error_attempts,     // int
    slot_error_causes,       // list of maps like `error`
    slot_error_detail,       // dyn; absent when there is none
    slot_item,               // an element, in settings that are evaluated for each element of a list
    slot_first_param,        // parameters begin here
};

struct FlowNames {
    std::vector<std::pair<std::string, Type>> params;  // secret ones as Type::secret()
    std::vector<std::string> env;

    Slot param(std::size_t index) const { return slot_first_param + static_cast<Slot>(index); }
    Slot environment(std::size_t index) const { return param(params.size() + index); }
};

Scope constant_scope(const FlowNames& names);  // param, env: settings, defaults
Scope default_scope(const FlowNames& names);   // env alone: `default:` of a parameter
Scope message_scope(const FlowNames& names);   // msg, meta, param, env: when, map, key, settings per message
Scope item_scope(const FlowNames& names);      // msg, item, meta, param, env: settings for each element of a list
Scope retry_scope(const FlowNames& names);     // msg, meta, error, param, env: retry.when

}  // namespace flowrun::expr
