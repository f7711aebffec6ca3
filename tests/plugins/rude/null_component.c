/* One of its components is not there. */
#include "component.h"
static const flowrun_component fine = {FINE("null_component.pass")};
static const flowrun_component* const table[] = {&fine, NULL};
PLUGIN("null_component", table, 2);
