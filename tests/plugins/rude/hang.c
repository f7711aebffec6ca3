/* Handlers that never return and never look: asleep in a system call, or spinning; as an actor and reentrant. */
#include "component.h"

#include <unistd.h>

#define HANDLE(name) static int32_t name(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message)
#define UNUSED (void)self, (void)call, (void)port, (void)message

HANDLE(asleep) {
    UNUSED;
    while (pause() != 0) {}
    return FLOWRUN_OK;
}
HANDLE(spinning) {
    UNUSED;
    for (volatile int returns = 0; !returns;) {}
    return FLOWRUN_OK;
}
HANDLE(slow) {
    const flowrun_host* host = (const flowrun_host*)self;
    (void)port;
    (void)usleep(1500000);
    return host->forward(call, 0, message);
}

#define COMPONENT(name, flags_, handle_)                                                  \
    static const flowrun_component name##_component = {.size = sizeof(flowrun_component), \
                                                       .id = "hang." #name,               \
                                                       .summary = "Does not return",      \
                                                       .flags = flags_,                   \
                                                       .create = fine_create,             \
                                                       .destroy = fine_destroy,           \
                                                       .handle = handle_}
COMPONENT(actor, 0, asleep);
COMPONENT(open, FLOWRUN_REENTRANT, asleep);
COMPONENT(spin, 0, spinning);
COMPONENT(open_spin, FLOWRUN_REENTRANT, spinning);
COMPONENT(slow, FLOWRUN_REENTRANT, slow);

HANDLE(good) {
    UNUSED;
    return FLOWRUN_OK;
}
static int32_t end(void* self, flowrun_call* call) {
    (void)self, (void)call;
    while (pause() != 0) {}
    return FLOWRUN_OK;
}
static const flowrun_component end_component = {.size = sizeof(flowrun_component),
                                                .id = "hang.end",
                                                .summary = "Does not return from its end",
                                                .create = fine_create,
                                                .destroy = fine_destroy,
                                                .handle = good,
                                                .end = end};

/* A handle that never returns, of a component that has an end. */
static int32_t good_end(void* self, flowrun_call* call) {
    (void)self, (void)call;
    return FLOWRUN_OK;
}
static const flowrun_component ending_component = {.size = sizeof(flowrun_component),
                                                   .id = "hang.ending",
                                                   .summary = "Does not return, and has an end",
                                                   .create = fine_create,
                                                   .destroy = fine_destroy,
                                                   .handle = asleep,
                                                   .end = good_end};

/* A source that ends when it is told to, and takes long over being told. */
static int32_t run(void* self, flowrun_call* call) {
    const flowrun_host* host = (const flowrun_host*)self;
    while (host->sleep(call, 3600000000000) == FLOWRUN_OK) {}
    return FLOWRUN_OK;
}
static void slow_stop(void* self) {
    (void)self;
    for (unsigned left = 9; left != 0;) left = sleep(left);
}
static const flowrun_component stop_component = {.size = sizeof(flowrun_component),
                                                 .flags = FLOWRUN_SOURCE,
                                                 .id = "hang.stop",
                                                 .summary = "Takes nine seconds over its stop",
                                                 .create = fine_create,
                                                 .destroy = fine_destroy,
                                                 .run = run,
                                                 .stop = slow_stop};

static const flowrun_component* const table[] = {&actor_component,     &open_component, &spin_component,
                                                 &open_spin_component, &slow_component, &end_component,
                                                 &ending_component,    &stop_component};
PLUGIN("hang", table, sizeof table / sizeof table[0]);
