/* pend and complete from a thread of the plugin's own and from a timer, with a value retained across threads. */
#include "abi.h"

#include <pthread.h>
#include <stdlib.h>

/* abi.pend: replies with the message, later: {"by": "thread" | "timer" | "itself", "after": ns, "code": n}. */
struct waiting {
    const flowrun_host* host;
    flowrun_ticket* ticket;
    const flowrun_value* message; /* retained */
    int32_t code;
};
static void finish(struct waiting* w) {
    const flowrun_error error = {.size = sizeof error, .code = w->code, .message = "failed later", .message_size = 12};
    (void)w->host->complete(w->ticket, w->code, w->code < 0 ? NULL : w->message, w->code < 0 ? &error : NULL);
    w->host->values->release(w->message);
    free(w);
}
static void on_timer(void* user) { finish(user); }
static void* on_thread(void* user) {
    finish(user);
    return NULL;
}
static int is_text(const flowrun_values* v, const flowrun_value* value, const char* text) {
    const char* data = NULL;
    uint64_t size = 0;
    return value && v->as_text(value, &data, &size) == FLOWRUN_OK && size == strlen(text) && !memcmp(data, text, size);
}
static int32_t pend_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const struct node* mine = self;
    const flowrun_values* v = mine->host->values;
    const flowrun_value* by = member(v, message, "by");
    (void)port;
    struct waiting* w = malloc(sizeof *w);
    if (!w) return FLOWRUN_E_UNAVAILABLE;
    w->host = mine->host;
    w->code = (int32_t)int_of(v, message, "code", 0);
    w->message = v->retain(message);
    w->ticket = mine->host->pend(call);
    if (!w->ticket) {
        v->release(w->message);
        free(w);
        return wrong(mine->host, call, "pend gave no ticket");
    }
    if (is_text(v, by, "timer")) {
        (void)mine->host->timer(mine->node, int_of(v, message, "after", 0), on_timer, w);
        return FLOWRUN_PENDING;
    }
    pthread_t thread;
    if (is_text(v, by, "thread") && pthread_create(&thread, NULL, on_thread, w) == 0) {
        (void)pthread_detach(thread);
        return FLOWRUN_PENDING;
    }
    finish(w); /* before handle returns: as good as later */
    return FLOWRUN_PENDING;
}
const flowrun_component abi_pend = {.size = sizeof(flowrun_component),
                                    .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
                                    .id = "abi.pend",
                                    .summary = "Answers later",
                                    .create = node_create,
                                    .destroy = node_destroy,
                                    .handle = pend_handle};
