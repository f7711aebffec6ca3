/* Another major version of the ABI. */
#include "component.h"
static const flowrun_component fine = {FINE("future.pass")};
static const flowrun_component* const table[] = {&fine};
FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {
    sizeof(flowrun_plugin), 99, 3, "future", "1", table, 1, 0, NULL, NULL};
