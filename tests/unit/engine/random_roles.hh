#pragma once
// What the nodes of a random flow do, and what is seen of it: they fail, wait, hold their thread, answer later or too
// late, send without waiting, begin messages of their own, and send at their end. What must hold of each single step is
// looked at as it is taken; random_run.cc looks at the sums.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "random_flow.hh"
#include "stage.hh"

namespace flowrun::engine::test {

class RandomRoles {
public:
    RandomRoles(const RandomFlow& flow, World& world, Stage& stage);

    // Waits for the threads that hold out in a handler although the run is over.
    void await_stragglers();

    struct EdgeSeen {
        std::uint64_t begun = 0;           // first attempts that entered the node
        std::uint64_t again = 0, due = 0;  // further ones; and failures of which there has to be one
        int inside = 0, most = 0;
    };
    struct NodeSeen {
        int inside = 0;  // threads in `handle` or `end`
        std::uint64_t ends_begun = 0, ends_over = 0;
        std::vector<std::shared_ptr<Time>> pending;  // the deadline of each; 0: answered
    };
    std::vector<EdgeSeen> edges;
    std::vector<NodeSeen> nodes;
    std::uint64_t roots = 0;               // that sources sent and that were not refused
    std::uint64_t sent = 0, answered = 0;  // without waiting
    std::string faults;
    void fault(const std::string& what);

private:
    struct Message {
        std::int64_t n, ttl, at, ends;
        std::size_t edge;
        std::string code;
    };
    struct Later;    // a pending call that is to be answered
    struct Inside;   // while a thread is in a handler
    struct Sending;  // emits without waiting, and what is to come when all are answered
    struct Ticking;  // a source that begins its messages from a timer
    struct Begun;    // one message that a node begins by itself

    std::int32_t handle(int node, flowrun_call* call, const flowrun_value* message);
    std::int32_t act(int node, flowrun_call* call, const flowrun_value* message, const Message& m,
                     std::uint32_t attempt);
    void judge_entry(int node, flowrun_call* call, const Message& m);
    std::int32_t emit(flowrun_call* call, const flowrun_value* message);
    std::int32_t sleep(flowrun_call* call, Duration d);
    void note_pending(int node, const flowrun_value* message, const std::shared_ptr<Time>& deadline);
    std::int32_t pend(int node, flowrun_call* call, const flowrun_value* message, std::size_t edge, Duration wait,
                      std::int32_t status);
    std::int32_t pend_and_send(int node, flowrun_call* call, const flowrun_value* message, std::size_t edge, int count);
    void begin_later(int node, Duration wait);
    std::int32_t run_source(int node, flowrun_call* call);
    std::int32_t send_without_waiting(int node, flowrun_call* call);
    std::int32_t send_from_timers(int node, flowrun_call* call);
    std::int32_t end(int node, flowrun_call* call);
    value::Value made(std::int64_t n, std::int64_t ends) const;
    std::int64_t bit(int node) const { return std::int64_t{1} << flow_.part[static_cast<std::size_t>(node)]; }
    bool part_has_ended(int node) const;
    void nap(Duration d);  // as foreign code does: no deadline reaches it
    flowrun_node* node_of(int node) { return stage_.roles["n" + std::to_string(node)].node; }

    const RandomFlow& flow_;
    World& world_;
    Stage& stage_;
    const Duration least_;
    std::int64_t next_begun_ = 1'000'000;
    std::vector<std::shared_ptr<void>> kept_;  // what a timer or an answer that never comes still points at
};

}  // namespace flowrun::engine::test
