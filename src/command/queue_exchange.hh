#pragma once
// Messages of durable queues that go out as lines of JSON, or come in as such.

#include <cstdint>

#include "command/exit.hh"
#include "command/queue_selection.hh"
#include "command/stored_queues.hh"

namespace flowrun::command {

// To stdout, and left where they are.
Exit export_items(const StoredQueues& queues, Selection& selection);
// To stdout, and out of the queue once they have been written. `really`: else it is said what would be done.
Exit drain_items(const StoredQueues& queues, Selection& selection, bool really);
// From stdin; all of them, or up to the first line that is wrong. `now`: of the wall.
Exit import_items(const StoredQueues& queues, std::int64_t now);

}  // namespace flowrun::command
