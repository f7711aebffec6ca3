/* A table that ends before `stop`, as one of an older minor version would: what lies behind it must not be read. */
#include "component.h"
static const flowrun_component fine = {.size = offsetof(flowrun_component, stop),
                                       .id = "older.pass",
                                       .summary = "Passes on",
                                       .create = fine_create,
                                       .destroy = fine_destroy,
                                       .handle = fine_handle,
                                       .stop = (void (*)(void*))1};
static const flowrun_component* const table[] = {&fine};
PLUGIN("older", table, 1);
