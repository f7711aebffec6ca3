// pgq.so: components for tables of the Go package pgq, and its queues.
#include <cstring>
#include <iterator>

#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include "components.hh"
#include "table.hh"

namespace {

const void* extension(const char* id) {
    return id != nullptr && std::strcmp(id, FLOWRUN_QUEUE_ID) == 0 ? &flowrun::pgq::queue_table : nullptr;
}

constexpr const flowrun_component* components[] = {&flowrun::pgq::consume_component, &flowrun::pgq::publish_component};

constexpr flowrun_plugin with_queues() {
    flowrun_plugin made = flowrun::sdk::plugin("pgq", FLOWRUN_PGQ_VERSION, components, std::size(components));
    made.extension = extension;
    return made;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = with_queues();
