/* A component that can be made and not be taken down. */
#include "component.h"
static const flowrun_component lasting = {
    .size = sizeof(flowrun_component), .id = "null_destroy.lasting", .create = fine_create, .handle = fine_handle};
static const flowrun_component* const table[] = {&lasting};
PLUGIN("null_destroy", table, 1);
