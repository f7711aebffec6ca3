#pragma once
// The queue table of this plugin.

#include <flowrun/ext/queue.h>

namespace flowrun::sqlite {

extern const flowrun_queue_table queue_table;

}  // namespace flowrun::sqlite
