#pragma once
// The durable queues of a flow, opened before the run begins.

#include <memory>
#include <string>
#include <vector>

#include "base/world.hh"
#include "command/exit.hh"
#include "command/flow_file.hh"
#include "command/queue_control.hh"
#include "engine/run/runner.hh"
#include "queue/plugin_queue.hh"

namespace flowrun::command {

class DurableQueues {
public:
    // Opens them all. What goes wrong is told; the exit says whether anything did: 75 where another process has one, 78 where
    // one is not what it should be, else 69.
    // `until_empty`: the run ends when those that others share are empty.
    Exit open(World& world, const flowrun_host& host, const FlowFile& file, bool until_empty);
    // For the run, which has them from then on.
    engine::Queues hand_over();
    engine::Letters hand_over_letters();
    // What others may ask of the stores that are open; after open(). The catalog outlives it.
    void offer(QueueControl& control, const FlowFile& file) const;

private:
    Exit look_for_orphans(const FlowFile& file);
    std::unique_ptr<queue::PluginQueue> open(World& world, const flowrun_host& host, const FlowFile& file,
                                             std::size_t edge, const std::string& name, Exit& exit);

    bool until_empty_ = false;
    std::string origin_;                                         // of what this run puts into them
    std::vector<std::unique_ptr<queue::PluginQueue>> queues_;    // beside flow.edges; nullptr: memory
    std::vector<std::shared_ptr<engine::DeadLetters>> letters_;  // likewise; nullptr: none
};

}  // namespace flowrun::command
