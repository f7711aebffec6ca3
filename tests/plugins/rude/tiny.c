/* Tables that are too short to hold anything. */
#include "component.h"
static const flowrun_component tiny = {.size = 8, .id = "tiny.pass", .create = fine_create, .handle = fine_handle};
static const flowrun_component* const table[] = {&tiny};
PLUGIN("tiny", table, 1);
