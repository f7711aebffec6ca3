// postgres.so: queues at postgres:, postgresql: and pgq: URLs, and components.
#include <iterator>
#include <string_view>

#include <flowrun/ext/queue.h>
#include <flowrun/component.hh>

#include "components.hh"
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

constexpr const flowrun_component* components[] = {
    &flowrun::postgres::query_component, &flowrun::postgres::insert_component, &flowrun::postgres::listen_component};

constexpr flowrun_plugin with_queues() {
    flowrun_plugin made = flowrun::sdk::plugin("postgres", FLOWRUN_POSTGRES_VERSION, components, std::size(components));
    made.extension = extension;
    return made;
}

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = with_queues();
