#pragma once
// What the servers say in which the queues of a flow lie (`check --connect`).

#include "command/flow_file.hh"

namespace flowrun::command {

// Adds to the issues of a flow without errors: an error where a server cannot be reached or would not open the queue, and what it
// is not set up for. Waits for each server some seconds at most.
void ask_servers(FlowFile& file);

}  // namespace flowrun::command
