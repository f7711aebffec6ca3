#pragma once
#include <flowrun/ext/queue.h>

namespace flowrun::pgq {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::pgq
