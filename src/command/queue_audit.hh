#pragma once
// `flowrun queue audit`: whether what has passed through durable queues adds up.

#include "command/exit.hh"
#include "command/stored_queues.hh"

namespace flowrun::command {

// A table, or with `json` one object a queue. Fails where one does not add up.
Exit audit(const StoredQueues& queues, bool json);

}  // namespace flowrun::command
