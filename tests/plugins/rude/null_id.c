/* A component without a name. */
#include "component.h"
static const flowrun_component nameless = {FINE(NULL)};
static const flowrun_component* const table[] = {&nameless};
PLUGIN("null_id", table, 1);
