#pragma once
// The flow as the engine runs it, laid out once from what was checked: names are numbers, a node's edges one array. Constant
// while the run goes; what changes belongs to the run (call/run_context.hh) and to the async edges (edge/async_edge.hh).
// Laid out by graph/layout.hh. Owns nodes and edges, borrows from the checked flow. Components are made by the runner
// (run/runner.hh).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/component.h>

#include "base/world.hh"
#include "flow/check.hh"
#include "queue/meta.hh"

namespace flowrun::engine {

class AsyncEdge;
class InstanceLock;
class RunContext;
class ThreadContext;
struct CallResult;
struct Edge;
struct Entry;
struct Node;

struct Edge {
    // Takes a message through the edge: OK, or negative with the thread's error set; PENDING only where the entry has a
    // continuation. Chosen once, when the run is made, so that no hop looks at the edge's policy.
    using Take = CallResult (*)(ThreadContext&, const Edge&, const queue::Meta*, const value::Node*, const Entry&);

    std::uint32_t index = 0;
    const flow::EdgeSpec* spec = nullptr;
    const flow::CheckedEdge* expressions = nullptr;
    Node* from = nullptr;
    Node* to = nullptr;
    std::uint32_t port = 0;  // input of `to`
    bool async = false;
    bool from_error = false;  // leaves a port for failures
    Take take = nullptr;
    // A sync edge whose policy is the call alone (no retry, no guard): a forwarding node is left by it without a stack.
    bool loops = false;
    // Its timeout may have to be enforced against code that never looks: the target's subtree is not cooperative.
    bool foreign = false;
    bool leaves = false;  // what is put into its durable queue is for another process, or a later run
    bool bare = false;  // an async edge without expressions, in a run without a trace: a message goes through as it is
    // Plain hops (call/call_edge.hh): a hop of this edge (of an async one, an attempt) may be nothing but the call of `handle`,
    // as long as no more time than this is in force. -1: it is always more than the call.
    Duration plain_within = -1;
    // The edge that a plain hop's target goes on by, where that is plain as well and is the only one at the first port.
    const Edge* next = nullptr;
    std::int32_t (*handle)(void*, flowrun_call*, std::uint32_t, const flowrun_value*) = nullptr;
    void* self = nullptr;
    AsyncEdge* queue = nullptr;  // of an async edge; owned by the runner
    std::string name;            // as the trace shows it
};

// All edges of one output port.
struct Outlet {
    Edge* only = nullptr;      // when there is exactly one
    std::vector<Edge*> edges;  // in written order
    bool parallel = false;
    bool prompt = false;  // what is sent here is dealt with at once, without a wait, unless it becomes pending
};

struct Node {
    std::int32_t (*handle)(void*, flowrun_call*, std::uint32_t, const flowrun_value*) = nullptr;
    void* self = nullptr;
    std::vector<void*> others;     // its further instances
    InstanceLock* lock = nullptr;  // of an actor (not reentrant); owned by the run
    std::vector<Outlet> outlets;   // by output port
    Outlet error, failed;          // for failures (call/error_port.hh)

    RunContext* run = nullptr;
    std::uint32_t index = 0;
    std::uint32_t part = 0;  // its strongly connected part; parts are numbered from the sources down
    std::uint32_t instances = 1;
    std::uint32_t made = 0;  // instances for which create has succeeded; destroyed at the end
    bool elsewhere = false;  // another process runs it: it has no component here, and is no source
    bool source = false;
    bool exclusive = true;             // an actor
    bool cooperative = false;          // it waits through the host only
    bool prompt = false;               // it does not wait at all
    bool subtree_cooperative = false;  // and all that a call of it may enter on the same stack
    bool subtree_prompt = false;       // and none of those waits: no lock, no retry, no queue that may be full
    std::string name;
    flowrun_component table{};
    const flow::CheckedNode* checked = nullptr;
    std::vector<const flow::MessageSetting*> per_message;  // by setting number; nullptr: constant or absent
    std::vector<const value::Node*> constants;             // by setting number; nullptr: per message or absent
    std::string refusal;                                   // what `create` or `start` said with host->refuse
    std::vector<Edge*> inputs;

    void* self_of(std::uint32_t instance) const { return instance == 0 ? self : others[instance - 1]; }
    // Messages of one key always go to the same instance.
    std::uint32_t instance_of(std::string_view key) const {
        return static_cast<std::uint32_t>(std::hash<std::string_view>()(key) % instances);
    }
};

inline Node& node_of(flowrun_node* node) { return *reinterpret_cast<Node*>(node); }
inline flowrun_node* handle_of(Node& node) { return reinterpret_cast<flowrun_node*>(&node); }

struct Graph {
    std::vector<std::unique_ptr<Node>> nodes;
    std::vector<std::unique_ptr<Edge>> edges;
    std::vector<std::vector<Node*>> parts;  // from the sources down
};

}  // namespace flowrun::engine
