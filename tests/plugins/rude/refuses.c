/* A plugin that finds itself not usable. */
#include "component.h"
static int32_t refuses(const flowrun_host* host) {
    (void)host;
    return FLOWRUN_E_UNAVAILABLE;
}
static const flowrun_component fine = {FINE("refuses.pass")};
static const flowrun_component* const table[] = {&fine};
FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {
    sizeof(flowrun_plugin), FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR, "refuses", "1", table, 1, 0, refuses, NULL};
