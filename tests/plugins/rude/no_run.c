/* A source without a `run`. */
#include "component.h"
static const flowrun_component idle = {FINE("no_run.idle"), .flags = FLOWRUN_SOURCE};
static const flowrun_component* const table[] = {&idle};
PLUGIN("no_run", table, 1);
