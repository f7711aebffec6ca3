// sqs.so: a kind of queue, and components.
#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include <string_view>

#include "components.hh"
#include "formats/memory_reserve.hh"
#include "table.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

constexpr const flowrun_component* components[] = {&flowrun::sqs::consume_component, &flowrun::sqs::publish_component};

const void* extension(const char* id) {
    return id != nullptr && std::string_view(id) == FLOWRUN_QUEUE_ID ? &flowrun::sqs::queue_table : nullptr;
}

constexpr flowrun_plugin made() {
    flowrun_plugin plugin = flowrun::sdk::plugin("sqs", FLOWRUN_SQS_VERSION, components, std::size(components));
    plugin.extension = extension;
    return plugin;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = made();
