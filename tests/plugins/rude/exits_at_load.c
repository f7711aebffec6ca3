/* Leaves by exit while it is loaded, where the environment asks for that: others look at all plugins of this folder. */
#include "component.h"

#include <stdlib.h>

__attribute__((constructor)) static void leave(void) {
    if (getenv("EXITS_AT_LOAD") != NULL) exit(0);
}

static const flowrun_component fine_component = {FINE("exits_at_load.fine")};
static const flowrun_component* const table[] = {&fine_component};
PLUGIN("exits_at_load", table, 1);
