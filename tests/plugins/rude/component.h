/* A component with nothing wrong, for the plugins beside this file to spoil. */
#include <flowrun/plugin.h>

#include <stddef.h>

static int32_t fine_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    (void)node;
    (void)settings;
    *self = (void*)host;
    return FLOWRUN_OK;
}
static void fine_destroy(void* self) { (void)self; }
static int32_t fine_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = (const flowrun_host*)self;
    (void)port;
    return host->forward(call, 0, message);
}

#define FINE(name_)                                                                                         \
    .size = sizeof(flowrun_component), .id = name_, .summary = "Passes messages on", .create = fine_create, \
    .destroy = fine_destroy, .handle = fine_handle
#define PLUGIN(name_, table, n)                                  \
    FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = { \
        sizeof(flowrun_plugin), FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR, name_, "1", table, n, 0, NULL, NULL}
