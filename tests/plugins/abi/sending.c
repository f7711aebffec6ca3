/* emit, emit_meta, reply_of, error_of, reply, forward, emit_async with pend and complete. */
#include "abi.h"

#include <stdatomic.h>
#include <stdlib.h>

/* abi.emit: sends the message twice, plainly and with a meta of its own; replies with what came back of both. */
static void put_result(const flowrun_host* host, flowrun_call* call, flowrun_builder* b, const char* key,
                       int32_t status) {
    const flowrun_values* v = host->values;
    put_key(v, b, key);
    v->build_map(b);
    put_int(v, b, "status", status);
    put_value(v, b, "reply", host->reply_of(call));
    flowrun_error error = {.size = sizeof error};
    const int32_t known = host->error_of(call, &error);
    put_text(v, b, "error", known == FLOWRUN_OK ? error.message : NULL, error.message_size);
    v->build_end(b);
}

static int32_t emit_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    const flowrun_values* v = host->values;
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_int(v, b, "port", port);
    const int32_t first = host->emit(call, 0, message);
    put_result(host, call, b, "plain", first);
    const flowrun_meta meta = {
        .size = sizeof meta, .id = "child", .id_size = 5, .key = "k", .key_size = 1, .index = 1, .total = 2};
    const int32_t second = host->emit_meta(call, 1, message, &meta);
    put_result(host, call, b, "meta", second);
    v->build_end(b);
    host->reply(call, v->build_finish(b));
    v->builder_free(b); /* what was given as a reply has been copied */
    return first < 0 ? first : second;
}
const flowrun_component abi_emit = {
    .size = sizeof(flowrun_component),
    .id = "abi.emit",
    .summary = "Sends the message twice",
    .ports = "{\"in\": {\"in\": \"\", \"other\": \"\"}, \"out\": {\"plain\": \"\", \"meta\": \"\"}}",
    .create = node_create,
    .destroy = node_destroy,
    .handle = emit_handle};

/* abi.forward: forwards the message's member `inner`, or the message. */
static int32_t forward_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    const flowrun_value* inner = member(host->values, message, "inner");
    (void)port;
    return host->forward(call, 0, inner ? inner : message);
}
const flowrun_component abi_forward = {.size = sizeof(flowrun_component),
                                       .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE | FLOWRUN_IDEMPOTENT,
                                       .id = "abi.forward",
                                       .summary = "Forwards a part of the message",
                                       .create = node_create,
                                       .destroy = node_destroy,
                                       .handle = forward_handle};

/* abi.async: sends `n` numbers at once without waiting, and completes with their sum of replies when all are done. */
struct batch {
    const flowrun_host* host;
    flowrun_ticket* ticket;
    atomic_int left;
    atomic_int failed;
    atomic_llong sum;
};
static void finish_one(struct batch* batch) {
    if (atomic_fetch_sub(&batch->left, 1) != 1) return;
    const flowrun_values* v = batch->host->values;
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_int(v, b, "sum", atomic_load(&batch->sum));
    put_int(v, b, "failed", atomic_load(&batch->failed));
    v->build_end(b);
    (void)batch->host->complete(batch->ticket, FLOWRUN_OK, v->build_finish(b), NULL);
    v->builder_free(b);
    free(batch);
}
static void one_done(void* user, int32_t status, const flowrun_value* reply, const flowrun_error* error) {
    struct batch* batch = user;
    int64_t n = 0;
    if ((status < 0) != (error != NULL)) n = -1000000; /* an error with a failure, and with nothing else */
    if (reply) (void)batch->host->values->as_int(reply, &n);
    atomic_fetch_add(&batch->sum, n);
    if (status < 0) atomic_fetch_add(&batch->failed, 1);
    finish_one(batch);
}
static int32_t async_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    const flowrun_values* v = host->values;
    const int64_t n = int_of(v, message, "n", 0);
    struct batch* batch = calloc(1, sizeof *batch);
    flowrun_ticket* ticket = batch ? host->pend(call) : NULL;
    (void)port;
    if (!ticket) {
        free(batch);
        return wrong(host, call, "pend gave no ticket");
    }
    batch->host = host;
    batch->ticket = ticket;
    atomic_init(&batch->left, (int)n + 1);
    for (int64_t i = 0; i < n; ++i) {
        flowrun_builder* b = v->builder_new();
        v->build_int(b, i);

        const flowrun_meta meta = {.size = sizeof meta, .index = i, .total = n};
        const int32_t status = host->emit_async(host->call_of(ticket), 0, v->build_finish(b), &meta, one_done, batch);
        v->builder_free(b);
        if (status < 0) {
            atomic_fetch_add(&batch->failed, 1);
            finish_one(batch);
        }
    }
    finish_one(batch);
    return FLOWRUN_PENDING;
}
const flowrun_component abi_async = {.size = sizeof(flowrun_component),
                                     .flags = FLOWRUN_REENTRANT,
                                     .id = "abi.async",
                                     .summary = "Sends without waiting",
                                     .create = node_create,
                                     .destroy = node_destroy,
                                     .handle = async_handle};
