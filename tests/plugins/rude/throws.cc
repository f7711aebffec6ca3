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

// Of the components whose callbacks throw.
struct Self {
    const flowrun_host* host;
    flowrun_node* node;
};
std::int32_t create_self(const flowrun_host* host, flowrun_node* node, const flowrun_value*, void** self) {
    *self = new Self{host, node};
    return FLOWRUN_OK;
}
void destroy_self(void* self) { delete static_cast<Self*>(self); }
std::int32_t sets_timer(void* self, flowrun_call*, std::uint32_t, const flowrun_value*) {
    const Self& mine = *static_cast<Self*>(self);
    constexpr std::int64_t soon = 20'000'000;
    (void)mine.host->timer(mine.node, soon, [](void*) { throw std::runtime_error("thrown on purpose"); }, nullptr);
    return FLOWRUN_OK;
}
std::int32_t sends(void* self, flowrun_call* call, std::uint32_t, const flowrun_value* message) {
    const Self& mine = *static_cast<Self*>(self);
    if (mine.host->pend(call) == nullptr) return FLOWRUN_E_UNAVAILABLE;
    const auto done = [](void*, std::int32_t, const flowrun_value*, const flowrun_error*) {
        throw std::runtime_error("thrown on purpose");
    };
    const std::int32_t status = mine.host->emit_async(call, 0, message, nullptr, done, nullptr);
    return status < 0 ? status : FLOWRUN_PENDING;
}
std::int32_t in_ports_for(const flowrun_host*, const flowrun_value*, flowrun_builder*) { throw 7; }
std::int32_t in_check(const flowrun_host*, const flowrun_value*, flowrun_builder*) { throw 7; }

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
constexpr flowrun_component calls_back(const char* id, decltype(flowrun_component::handle) with) {
    flowrun_component component = make(id);
    component.create = create_self;
    component.destroy = destroy_self;
    component.handle = with;
    return component;
}
constexpr flowrun_component timer = calls_back("throws.timer", sets_timer);
constexpr flowrun_component done = calls_back("throws.done", sends);
constexpr flowrun_component ports = [] {
    flowrun_component component = make("throws.ports");
    component.ports_for = in_ports_for;
    return component;
}();
constexpr flowrun_component check = [] {
    flowrun_component component = make("throws.check");
    component.check = in_check;
    return component;
}();
constexpr const flowrun_component* table[] = {&handle, &made, &source, &timer, &done, &ports, &check};

}  // namespace

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {
    sizeof(flowrun_plugin), FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR, "throws", "1", table, 7, 0, nullptr, nullptr};
