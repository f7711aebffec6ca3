/* A plugin that has another name than its file. */
#include "component.h"
static const flowrun_component fine = {FINE("wrong_name.pass")};
static const flowrun_component* const table[] = {&fine};
PLUGIN("right_name", table, 1);
