/* A component without the function that every component must have. */
#include "component.h"
static const flowrun_component mute = {
    .size = sizeof(flowrun_component), .id = "null_function.mute", .create = fine_create, .destroy = fine_destroy};
static const flowrun_component* const table[] = {&mute};
PLUGIN("null_function", table, 1);
