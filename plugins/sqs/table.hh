#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::sqs {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::sqs
