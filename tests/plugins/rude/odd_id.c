/* An id that no flow could name, and that would disturb a terminal. */
#include "component.h"
static const flowrun_component odd = {FINE("odd_id.x\x1b[2J y")};
static const flowrun_component* const table[] = {&odd};
PLUGIN("odd_id", table, 1);
