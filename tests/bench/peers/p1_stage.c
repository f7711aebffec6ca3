/* P1, the limit: a pass-through stage and a sink in a shared object. */
#include "p1_stage.h"

__attribute__((visibility("default"))) int32_t stage_pass(struct stage* self, const void* message) {
    int32_t status = self->next->handle(self->next, message);
    if (status != 0) { return status; }
    self->count++;
    return 0;
}

__attribute__((visibility("default"))) int32_t stage_sink(struct stage* self, const void* message) {
    (void)message;
    self->count++;
    return 0;
}
