// nats.so: a kind of queue, and components.
#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include <string_view>

#include "components.hh"
#include "formats/memory_reserve.hh"
#include "table.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

constexpr const flowrun_component* components[] = {&flowrun::nats::consume_component, &flowrun::nats::publish_component,
                                                   &flowrun::nats::request_component};

const void* extension(const char* id) {
    return id != nullptr && std::string_view(id) == FLOWRUN_QUEUE_ID ? &flowrun::nats::queue_table : nullptr;
}

constexpr flowrun_plugin made() {
    flowrun_plugin plugin = flowrun::sdk::plugin("nats", FLOWRUN_NATS_VERSION, components, std::size(components));
    plugin.extension = extension;
    return plugin;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = made();
