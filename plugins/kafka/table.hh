#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::kafka {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::kafka
