/* Ends the process, or means to keep it from ending: exit, crashes, handlers of signals. */
#include "component.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HANDLE(name) static int32_t name(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message)
#define UNUSED (void)self, (void)call, (void)port, (void)message
#define COMPONENT(name)                                                                   \
    static const flowrun_component name##_component = {.size = sizeof(flowrun_component), \
                                                       .id = "ends." #name,               \
                                                       .summary = "Ends the process",     \
                                                       .create = fine_create,             \
                                                       .destroy = fine_destroy,           \
                                                       .handle = name}

struct ends_self {
    const flowrun_host* host;
    flowrun_node* node;
};

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

/* Leaves by exit from a signal handler that meets the thread within host->log, where it waits for the reader of stderr. */
static volatile sig_atomic_t in_log;
static void leaves(int number) {
    (void)number;
    if (in_log) exit(0);
}
static void* strikes(void* thread) {
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    for (int i = 0; i < 1500; ++i) {
        nanosleep(&pause, NULL);
        pthread_kill(*(pthread_t*)thread, SIGPROF);
    }
    return NULL;
}
HANDLE(logs) {
    const struct ends_self* mine = (const struct ends_self*)self;
    static char text[4000]; /* what is longer is cut */
    static pthread_t here;
    pthread_t other;
    sigset_t one;
    (void)call, (void)port, (void)message;
    memset(text, 'x', sizeof text);
    here = pthread_self();
    sigemptyset(&one);
    sigaddset(&one, SIGPROF);
    signal(SIGPROF, leaves);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    if (pthread_create(&other, NULL, strikes, &here) != 0) return FLOWRUN_E_UNAVAILABLE;
    in_log = 1;
    for (int i = 0; i < 1000; ++i) mine->host->log(mine->node, FLOWRUN_ERROR, text, sizeof text);
    return FLOWRUN_OK;
}
static int32_t logs_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    static struct ends_self only;
    (void)settings;
    only.host = host;
    only.node = node;
    *self = &only;
    return FLOWRUN_OK;
}
static const flowrun_component logs_component = {.size = sizeof(flowrun_component),
                                                 .id = "ends.logs",
                                                 .summary = "Leaves from within a log call",
                                                 .create = logs_create,
                                                 .destroy = fine_destroy,
                                                 .handle = logs};

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

static const flowrun_component* const table[] = {
    &exits_component, &crashes_component, &aborts_component,  &overflows_component, &check_component,
    &deaf_component,  &logs_component,    &ignores_component, &careless_component,  &garbled_component};
PLUGIN("ends", table, sizeof table / sizeof table[0]);
