#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::redis {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::redis
