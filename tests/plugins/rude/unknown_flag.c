/* A flag that means nothing. */
#include "component.h"
static const flowrun_component odd = {FINE("unknown_flag.pass"), .flags = 1U << 30U};
static const flowrun_component* const table[] = {&odd};
PLUGIN("unknown_flag", table, 1);
