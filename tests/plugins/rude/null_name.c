/* A plugin without a name. */
#include "component.h"
static const flowrun_component fine = {FINE("null_name.pass")};
static const flowrun_component* const table[] = {&fine};
PLUGIN(NULL, table, 1);
