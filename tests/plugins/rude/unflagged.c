/* A source that does not say that it is one. */
#include "component.h"
static int32_t fine_run(void* self, flowrun_call* call) {
    (void)self, (void)call;
    return FLOWRUN_OK;
}
static const flowrun_component odd = {FINE("unflagged.from"), .run = fine_run};
static const flowrun_component* const table[] = {&odd};
PLUGIN("unflagged", table, 1);
