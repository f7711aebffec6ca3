#pragma once
// A flow that was checked: what the engine needs of it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "expr/program.hh"
#include "expr/value_template.hh"
#include "flow/catalog.hh"
#include "flow/constants.hh"
#include "flow/flow.hh"
#include "flow/issue.hh"
#include "value/value.hh"

namespace flowrun::flow {

// A setting that is evaluated for each message: in message_scope (item_scope where it is one for each element), its
// result judged and converted with coercion.hh.
// Failure::leaf is the byte offset of the leaf in the source.
struct MessageSetting {
    std::uint32_t number = 0;          // as host->setting counts: the place in ComponentInfo::settings
    const Setting* setting = nullptr;  // lives as long as the catalog
    expr::ValueTemplate value;
};

struct CheckedNode {
    const ComponentInfo* component = nullptr;  // lives as long as the catalog
    Ports ports;
    bool ports_known = false;  // always, in a flow without errors
    value::Value settings;     // the map for `create`: given or defaulted; secrets in plain text
    std::vector<MessageSetting> per_message;
    bool elsewhere = false;  // another process runs it
    std::vector<Claim> claims;
};

// Where a durable queue lies.
struct QueueAddress {
    std::string kind;     // the scheme of its URL, and the plugin that has it
    std::string url;      // without its fragment
    std::string name;     // the fragment, else "flow/from ~> to"
    bool shared = false;  // several processes may have it open
};

struct CheckedEdge {
    std::optional<expr::Program> when;        // bool; in message_scope
    std::optional<expr::ValueTemplate> map;   // in message_scope
    std::optional<expr::Program> key;         // in message_scope
    std::optional<expr::Program> retry_when;  // bool; in retry_scope
    std::optional<QueueAddress> queue;        // nothing: memory
    std::optional<QueueAddress> spill;        // where what memory does not hold goes; then there is no queue
    bool leaves = false;                      // durable, and what is put into it is for another process, or a later run

    // Where something of it lies when no process has it; nullptr: nowhere.
    const QueueAddress* store() const { return queue ? &*queue : spill ? &*spill : nullptr; }
};

struct Checked {
    Flow flow;                       // node_index and port_index filled
    Issues issues;                   // of the reading and of this, sorted
    std::vector<CheckedNode> nodes;  // beside flow.nodes
    std::vector<CheckedEdge> edges;  // beside flow.edges
    Constants constants;

    // Only then may the flow be run, and are all the parts above whole.
    bool ok() const { return issues.errors() == 0; }
};

}  // namespace flowrun::flow
