// amqp.so: a kind of queue, and components.
#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include <string_view>

#include "components.hh"
#include "formats/memory_reserve.hh"
#include "table.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

constexpr const flowrun_component* components[] = {&flowrun::amqp::consume_component, &flowrun::amqp::publish_component,
                                                   &flowrun::amqp::request_component};

// amqp: and amqps:, which are one kind of queue.
const void* extension(const char* id) {
    const std::string_view asked = id == nullptr ? std::string_view() : id;
    return asked == FLOWRUN_QUEUE_ID || asked == FLOWRUN_QUEUE_ID ":amqps" ? &flowrun::amqp::queue_table : nullptr;
}

constexpr flowrun_plugin made() {
    flowrun_plugin plugin = flowrun::sdk::plugin("amqp", FLOWRUN_AMQP_VERSION, components, std::size(components));
    plugin.extension = extension;
    return plugin;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = made();
