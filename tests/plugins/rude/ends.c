/* Ends the process, or means to keep it from ending: exit, crashes, handlers of signals. */
#include "component.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define HANDLE(name) static int32_t name(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message)
#define UNUSED (void)self, (void)call, (void)port, (void)message
#define COMPONENT(name)                                                                   \
    static const flowrun_component name##_component = {.size = sizeof(flowrun_component), \
                                                       .id = "ends." #name,               \
                                                       .summary = "Ends the process",     \
                                                       .create = fine_create,             \
                                                       .destroy = fine_destroy,           \
                                                       .handle = name}

/* The third of {"n": 0}, {"n": 1} and so on. */
static int third(const flowrun_host* host, const flowrun_value* message) {
    int64_t n = 0;
    const flowrun_value* member = host->values->member(message, "n", 1);
    return member != NULL && host->values->as_int(member, &n) >= 0 && n == 2;
}

HANDLE(exits) {
    const flowrun_host* host = (const flowrun_host*)self;
    UNUSED;
    if (third(host, message)) exit(0);
    return host->forward(call, 0, message);
}
COMPONENT(exits);

static volatile int* volatile nowhere;
HANDLE(crashes) {
    UNUSED;
    *nowhere = 1;
    return FLOWRUN_OK;
}
COMPONENT(crashes);

HANDLE(aborts) {
    UNUSED;
    abort();
}
COMPONENT(aborts);

static int deeper(volatile char* above, long left) {
    volatile char here[4096];
    here[0] = above[0];
    return left == 0 ? 0 : deeper(here, left - 1) + here[0];
}
HANDLE(overflows) {
    UNUSED;
    volatile char first = 0;
    return deeper(&first, 1L << 40);
}
COMPONENT(overflows);

/* Leaves by exit while the flow is checked. */
static int32_t exits_now(const flowrun_host* host, const flowrun_value* settings, flowrun_builder* mistake) {
    (void)host, (void)settings, (void)mistake;
    exit(0);
}
static const flowrun_component check_component = {FINE("ends.check"), .check = exits_now};

static void deaf(int number) { (void)number; }
static int32_t deaf_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    signal(SIGTERM, deaf);
    return fine_create(host, node, settings, self);
}
static const flowrun_component deaf_component = {.size = sizeof(flowrun_component),
                                                 .id = "ends.deaf",
                                                 .summary = "Takes SIGTERM when it is made",
                                                 .create = deaf_create,
                                                 .destroy = fine_destroy,
                                                 .handle = fine_handle};
HANDLE(ignores) {
    const flowrun_host* host = (const flowrun_host*)self;
    (void)port;
    signal(SIGTERM, SIG_IGN);
    return host->forward(call, 0, message);
}
COMPONENT(ignores);

/* A source that sends without waiting, and does not look at what comes of it. */
static void ignored(void* user, int32_t status, const flowrun_value* reply, const flowrun_error* error) {
    (void)user, (void)status, (void)reply, (void)error;
}
static int32_t careless(void* self, flowrun_call* call) {
    const flowrun_host* host = (const flowrun_host*)self;
    flowrun_builder* builder = host->values->builder_new();
    host->values->build_bool(builder, 1);
    const flowrun_value* made = host->values->build_finish(builder);
    for (int i = 0; i < 3; ++i) host->emit_async(call, 0, made, NULL, ignored, NULL);
    host->values->builder_free(builder);
    return FLOWRUN_OK;
}
static const flowrun_component careless_component = {.size = sizeof(flowrun_component),
                                                     .id = "ends.careless",
                                                     .summary = "Looks at no result",
                                                     .flags = FLOWRUN_SOURCE,
                                                     .create = fine_create,
                                                     .destroy = fine_destroy,
                                                     .run = careless};

/* A source that answers what is no result. */
static int32_t garbled(void* self, flowrun_call* call) {
    (void)self, (void)call;
    return 17;
}
static const flowrun_component garbled_component = {.size = sizeof(flowrun_component),
                                                    .id = "ends.garbled",
                                                    .summary = "Answers what is no result",
                                                    .flags = FLOWRUN_SOURCE,
                                                    .create = fine_create,
                                                    .destroy = fine_destroy,
                                                    .run = garbled};

static const flowrun_component* const table[] = {&exits_component,     &crashes_component,  &aborts_component,
                                                 &overflows_component, &check_component,    &deaf_component,
                                                 &ignores_component,   &careless_component, &garbled_component};
PLUGIN("ends", table, sizeof table / sizeof table[0]);
