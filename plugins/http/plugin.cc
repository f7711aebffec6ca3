#include <flowrun/component.hh>

#include "components.hh"
#include "formats/memory_reserve.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

using namespace flowrun::http;

constexpr const flowrun_component* components[] = {&server_component, &request_component, &get_component,
                                                   &post_component};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry =
    flowrun::sdk::plugin("http", FLOWRUN_HTTP_VERSION, components, std::size(components));
