#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::nats {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::nats
