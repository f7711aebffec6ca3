// redis.so: a kind of queue.
#include <cstring>

#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include "table.hh"

namespace {

// rediss: is refused by its table, which says why.
const void* extension(const char* id) {
    if (id == nullptr) return nullptr;
    const bool is = std::strcmp(id, FLOWRUN_QUEUE_ID) == 0 || std::strcmp(id, FLOWRUN_QUEUE_ID ":rediss") == 0;
    return is ? &flowrun::redis::queue_table : nullptr;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {sizeof(flowrun_plugin),
                                                            FLOWRUN_ABI_MAJOR,
                                                            FLOWRUN_ABI_MINOR,
                                                            "redis",
                                                            FLOWRUN_REDIS_VERSION,
                                                            nullptr,
                                                            0,
                                                            0,
                                                            nullptr,
                                                            extension};
