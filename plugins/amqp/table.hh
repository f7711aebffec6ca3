#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::amqp {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::amqp
