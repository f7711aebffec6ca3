#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::postgres {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::postgres
