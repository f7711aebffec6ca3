/* A component whose name does not begin with the file's. */
#include "component.h"
static const flowrun_component stray = {FINE("elsewhere.pass")};
static const flowrun_component* const table[] = {&stray};
PLUGIN("misfit", table, 1);
