// Lets exceptions out of its C functions. The process must end with a line that names the plugin and the node.
#include <flowrun/plugin.h>

#include <stdexcept>

namespace {

std::int32_t create(const flowrun_host* host, flowrun_node*, const flowrun_value*, void** self) {
    *self = const_cast<flowrun_host*>(host);
    return FLOWRUN_OK;
}
void destroy(void*) {}
std::int32_t in_handle(void*, flowrun_call*, std::uint32_t, const flowrun_value*) {
    throw std::runtime_error("thrown on purpose");
}
std::int32_t in_create(const flowrun_host*, flowrun_node*, const flowrun_value*, void**) { throw 7; }
std::int32_t in_run(void*, flowrun_call*) { throw std::runtime_error("thrown on purpose"); }

constexpr flowrun_component make(const char* id) {
    flowrun_component component{};
    component.size = sizeof component;
    component.id = id;
    component.summary = "Throws";
    component.create = create;
    component.destroy = destroy;
    component.handle = in_handle;
    return component;
}
constexpr flowrun_component handle = make("throws.handle");
constexpr flowrun_component made = [] {
    flowrun_component component = make("throws.create");
    component.create = in_create;
    return component;
}();
constexpr flowrun_component source = [] {
    flowrun_component component = make("throws.run");
    component.flags = FLOWRUN_SOURCE;
    component.run = in_run;
    return component;
}();
constexpr const flowrun_component* table[] = {&handle, &made, &source};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {
    sizeof(flowrun_plugin), FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR, "throws", "1", table, 3, 0, nullptr, nullptr};
