/* Two components of one name. */
#include "component.h"
static const flowrun_component one = {FINE("duplicate.pass")};
static const flowrun_component two = {FINE("duplicate.pass")};
static const flowrun_component* const table[] = {&one, &two};
PLUGIN("duplicate", table, 2);
