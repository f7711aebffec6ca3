/* start, end, stop; begin and finish: calls that no message began. */
#include "abi.h"

#include <stdatomic.h>
#include <stdlib.h>

/* abi.begin: passes messages on; sends {"spontaneous": 1} of its own accord: before each message, or, with `after`, once
 * from a timer set at start; at the end it sends what it counted. */
struct counting {
    struct node node;
    flowrun_timer* timer;
    int64_t after;
    atomic_int started, handled, stopped;
};
static int32_t begin_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    struct counting* mine = calloc(1, sizeof *mine);
    if (!mine) return FLOWRUN_E_UNAVAILABLE;
    mine->node.host = host;
    mine->node.node = node;
    mine->after = int_of(host->values, settings, "after", 0);
    *self = mine;
    return FLOWRUN_OK;
}
static void spontaneously(void* user) {
    struct counting* mine = user;
    const flowrun_host* host = mine->node.host;
    flowrun_call* call = host->begin(mine->node.node);
    if (!call) return; /* the run is ending */
    flowrun_builder* b = host->values->builder_new();
    host->values->build_map(b);
    put_int(host->values, b, "spontaneous", 1);
    host->values->build_end(b);
    /* A timer must not wait, and this may: good enough where the edge behind is async. */
    (void)host->emit(call, 0, host->values->build_finish(b));
    host->values->builder_free(b);
    host->finish(call);
}
static int32_t begin_start(void* self) {
    struct counting* mine = self;
    atomic_fetch_add(&mine->started, 1);
    if (!mine->after) return FLOWRUN_OK;
    mine->timer = mine->node.host->timer(mine->node.node, mine->after, spontaneously, mine);
    return mine->timer ? FLOWRUN_OK : FLOWRUN_E_INTERNAL;
}
static int32_t begin_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    struct counting* mine = self;
    (void)port;
    atomic_fetch_add(&mine->handled, 1);
    if (!mine->after) spontaneously(mine);
    return mine->node.host->emit(call, 0, message);
}
static int32_t begin_end(void* self, flowrun_call* call) {
    struct counting* mine = self;
    const flowrun_values* v = mine->node.host->values;
    const int32_t cancelled = mine->timer ? mine->node.host->timer_cancel(mine->timer) : 0;
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_int(v, b, "started", atomic_load(&mine->started));
    put_int(v, b, "handled", atomic_load(&mine->handled));
    put_int(v, b, "stopped", atomic_load(&mine->stopped));
    put_int(v, b, "cancelled", cancelled);
    v->build_end(b);
    const int32_t status = mine->node.host->emit(call, 0, v->build_finish(b));
    v->builder_free(b);
    return status;
}
static void begin_stop(void* self) { atomic_fetch_add(&((struct counting*)self)->stopped, 1); }
const flowrun_component abi_begin = {
    .size = sizeof(flowrun_component),
    .id = "abi.begin",
    .summary = "Sends messages of its own accord",
    .settings = "{\"type\": \"object\", \"properties\": {\"after\": {\"x-duration\": true, \"default\": \"0s\"}}}",
    .create = begin_create,
    .destroy = node_destroy,
    .start = begin_start,
    .handle = begin_handle,
    .end = begin_end,
    .stop = begin_stop};
