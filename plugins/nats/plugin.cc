// nats.so: a kind of queue.
#include <cstring>

#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include "table.hh"

namespace {

const void* extension(const char* id) {
    return id != nullptr && std::strcmp(id, FLOWRUN_QUEUE_ID) == 0 ? &flowrun::nats::queue_table : nullptr;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {sizeof(flowrun_plugin),
                                                            FLOWRUN_ABI_MAJOR,
                                                            FLOWRUN_ABI_MINOR,
                                                            "nats",
                                                            FLOWRUN_NATS_VERSION,
                                                            nullptr,
                                                            0,
                                                            0,
                                                            nullptr,
                                                            extension};
