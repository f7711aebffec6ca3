/* meta, log, node_name, traceparent. */
#include "abi.h"

/* abi.see: writes a line of each level and replies with what it knows of the call. */
static int32_t see_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const struct node* mine = self;
    const flowrun_host* host = mine->host;
    const flowrun_values* v = host->values;
    const char* name = host->node_name(mine->node);
    flowrun_meta meta = {.size = sizeof meta};
    char trace[56] = "";
    (void)port;
    (void)message;
    for (uint32_t level = FLOWRUN_DEBUG; level <= FLOWRUN_ERROR; ++level) host->log(mine->node, level, "a line", 6);
    if (host->meta(call, &meta) != FLOWRUN_OK) return wrong(host, call, "meta failed");
    const int32_t traced = host->traceparent(call, trace);
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_text(v, b, "node", name, strlen(name));
    put_int(v, b, "traced", traced);
    put_text(v, b, "traceparent", trace, strlen(trace));
    put_int(v, b, "attempt", meta.attempt);
    put_text(v, b, "id", meta.id, meta.id_size);
    put_text(v, b, "key", meta.key, meta.key_size);
    put_int(v, b, "index", meta.index);
    put_int(v, b, "total", meta.total);
    put_int(v, b, "timed", meta.time > 0);
    v->build_end(b);
    host->reply(call, v->build_finish(b));
    v->builder_free(b);
    return FLOWRUN_OK;
}
const flowrun_component abi_see = {.size = sizeof(flowrun_component),
                                   .flags = FLOWRUN_REENTRANT,
                                   .id = "abi.see",
                                   .summary = "Tells what it sees",
                                   .create = node_create,
                                   .destroy = node_destroy,
                                   .handle = see_handle};
