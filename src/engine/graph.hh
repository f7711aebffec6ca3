#pragma once
// The flow as the engine runs it: names are numbers, a node's edges one array, expressions compiled, components made.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/component.h>

#include "engine/gate.hh"
#include "flow/check.hh"
#include "trace/span.hh"

namespace flowrun::engine {

class Pump;
class Run;
struct Node;

struct Edge {
    std::uint32_t index = 0;
    const flow::EdgeSpec* spec = nullptr;
    const flow::CheckedEdge* expressions = nullptr;
    Node* from = nullptr;
    Node* to = nullptr;
    std::uint32_t port = 0;  // input of `to`
    bool async = false;
    bool from_error = false;  // leaves an error port
    // The fast path: an edge on which a hop (of an async one, an attempt) may be nothing but the call, without expressions,
    // retry or trace, and with a target of one instance at the most. Its timeout, `never` without one: while no more time than that
    // is in force (Lane::allowed) it changes nothing. -1 where the hop is always more than the call.
    Duration plain_within = -1;
    // The one that such a target goes on by, when it has that edge alone at its first port, and neither has a gate.
    const Edge* next = nullptr;
    std::int32_t (*handle)(void*, flowrun_call*, std::uint32_t, const flowrun_value*) = nullptr;  // of such a target
    void* self = nullptr;                                                                         // likewise
    // A sync edge that a forwarding node can be left by without keeping its stack: no retry, no thread of its own.
    bool loops = false;
    // Its timeout may have to be enforced against code that never looks: the target's subtree is not cooperative.
    bool foreign = false;
    bool bare = false;  // an async edge without expressions, in a run without a trace: a message goes through as it is
    std::string name;   // as the trace shows it
    std::unique_ptr<Pump> pump;  // of an async edge
};

// All edges of one output port.
struct Outlet {
    Edge* only = nullptr;      // when there is exactly one
    std::vector<Edge*> edges;  // in written order
    bool parallel = false;
    bool prompt = false;  // what is sent here is dealt with at once, without a wait, unless it becomes pending
};

struct Node {
    using Handle = int32_t (*)(void*, flowrun_call*, uint32_t, const flowrun_value*);

    Handle handle = nullptr;
    void* self = nullptr;
    std::vector<void*> others;    // its further instances
    std::vector<Outlet> outlets;  // by output port
    Outlet error;
    bool gated = true;  // an actor: not reentrant
    bool source = false;
    mutable std::atomic<std::uint32_t> open{0};  // calls that it began by itself and that are in progress
    std::atomic<bool> entered{false};            // its `run` or `end` has been called and has not returned
    bool ended = false;                          // `end` has been called; the runner's thread only
    std::atomic<bool> closed{false};             // its inputs have ended and `end` was called: it begins nothing more
    std::uint32_t made = 0;                      // instances for which create has succeeded; destroyed at the end
    bool cooperative = false, prompt = false;
    bool subtree_cooperative = false;  // and all that a call of it may enter on the same stack
    bool subtree_prompt = false;       // and all those never wait: no gate, no retry, no queue that may be full
    // How long what it sends without waiting takes to be dealt with, where that is prompt: an average of the latest.
    mutable std::atomic<Duration> takes{0};
    mutable std::atomic<Time> at_once_from{0};  // not in place before: one has taken far too long
    mutable Gate gate;

    std::uint32_t instances() const { return gate.places(); }
    void* self_of(std::uint32_t instance) const { return instance == 0 ? self : others[instance - 1]; }
    // Messages of one key always go to the same.
    std::uint32_t instance_of(std::string_view key) const {
        return static_cast<std::uint32_t>(std::hash<std::string_view>()(key) % instances());
    }

    Run* run = nullptr;
    std::uint32_t index = 0;
    std::string name;
    flowrun_component table{};
    const flow::CheckedNode* checked = nullptr;
    std::vector<const flow::MessageSetting*> per_message;  // by setting number; nullptr: constant or absent
    std::vector<const value::Node*> constants;             // by setting number; nullptr: per message or absent
    std::string refusal;                                   // what `create` said with host->refuse
    std::vector<Edge*> inputs;
    std::vector<Edge*> blocking;  // async edges with overflow block that this node reaches by sync edges
    std::uint32_t part = 0;       // its strongly connected part; parts are numbered from the sources down
};

inline Node& node_of(flowrun_node* node) { return *reinterpret_cast<Node*>(node); }
inline flowrun_node* handle_of(Node& node) { return reinterpret_cast<flowrun_node*>(&node); }

// The names that spans carry as numbers.
trace::Names names_of(const flow::Checked& checked);

// Owns nodes and edges; the components are made by Run. Borrows from `checked`.
struct Graph {
    Graph(const flow::Checked& checked, bool traced);
    ~Graph();

    std::vector<std::unique_ptr<Node>> nodes;
    std::vector<std::unique_ptr<Edge>> edges;
    std::uint32_t parts = 0;
};

}  // namespace flowrun::engine
