#include <flowrun/component.hh>

#include "components.hh"
#include "formats/memory_reserve.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

using namespace flowrun::core;

constexpr const flowrun_component* components[] = {
    &count_component,  &cron_component,   &dedupe_component,   &delay_component,  &distinct_component, &exec_component,
    &fail_component,   &filter_component, &generate_component, &group_component,  &join_component,     &log_component,
    &map_component,    &pass_component,   &reply_component,    &signal_component, &split_component,    &stdin_component,
    &stdout_component, &switch_component, &throttle_component, &ticker_component,
};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry =
    flowrun::sdk::plugin("core", FLOWRUN_CORE_VERSION, components, std::size(components));
