// redis.so: a kind of queue, and components.
#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include <string_view>

#include "components.hh"
#include "formats/memory_reserve.hh"
#include "table.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

constexpr const flowrun_component* components[] = {&flowrun::redis::consume_component, &flowrun::redis::get_component,
                                                   &flowrun::redis::lock_component, &flowrun::redis::publish_component,
                                                   &flowrun::redis::set_component};

// rediss: is refused by its table, which says why.
const void* extension(const char* id) {
    if (id == nullptr) return nullptr;
    const std::string_view name(id);
    return name == FLOWRUN_QUEUE_ID || name == FLOWRUN_QUEUE_ID ":rediss" ? &flowrun::redis::queue_table : nullptr;
}

constexpr flowrun_plugin made() {
    flowrun_plugin plugin = flowrun::sdk::plugin("redis", FLOWRUN_REDIS_VERSION, components, std::size(components));
    plugin.extension = extension;
    return plugin;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = made();
