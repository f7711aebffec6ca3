// postgres.so: queues at postgres:, postgresql: and pgq: URLs.
#include <string_view>

#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include "pgq/table.hh"
#include "table.hh"

namespace {

const void* extension(const char* id) {
    if (id == nullptr) return nullptr;
    const std::string_view asked = id, queue = FLOWRUN_QUEUE_ID;
    if (!asked.starts_with(queue)) return nullptr;
    const std::string_view scheme = asked.substr(queue.size());
    if (scheme.empty() || scheme == ":postgresql") return &flowrun::postgres::queue_table;
    return scheme == ":pgq" ? &flowrun::pgq::queue_table : nullptr;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {sizeof(flowrun_plugin),
                                                            FLOWRUN_ABI_MAJOR,
                                                            FLOWRUN_ABI_MINOR,
                                                            "postgres",
                                                            FLOWRUN_POSTGRES_VERSION,
                                                            nullptr,
                                                            0,
                                                            0,
                                                            nullptr,
                                                            extension};
