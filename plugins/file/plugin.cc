#include <flowrun/component.hh>

#include "components.hh"
#include "formats/memory_reserve.hh"

namespace {

[[gnu::init_priority(101)]] const flowrun::formats::MemoryReserve reserve;  // before whatever else allocates

constexpr const flowrun_component* components[] = {&flowrun::file::read_component, &flowrun::file::write_component};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry =
    flowrun::sdk::plugin("file", FLOWRUN_FILE_VERSION, components, std::size(components));
