#include <flowrun/component.hh>

#include "components.hh"
#include "formats/memory_reserve.hh"

namespace {

const flowrun::formats::MemoryReserve reserve;

constexpr const flowrun_component* components[] = {&flowrun::file::read_component, &flowrun::file::write_component};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry =
    flowrun::sdk::plugin("file", FLOWRUN_FILE_VERSION, components, std::size(components));
