/* fail, error_of and raise, with every field of an error. */
#include "abi.h"

static flowrun_error told(const flowrun_values* v, const flowrun_value* message) {
    flowrun_error error = {.size = sizeof error, .code = (int32_t)int_of(v, message, "code", FLOWRUN_E_FAILED)};
    const flowrun_value* text = member(v, message, "message");
    if (text) (void)v->as_text(text, &error.message, &error.message_size);
    error.retryable = (uint32_t)int_of(v, message, "retryable", FLOWRUN_RETRY_BY_CODE);
    error.retry_after = int_of(v, message, "retry_after", 0);
    error.detail = member(v, message, "detail");
    return error;
}

/* abi.fail: fails as the message says. */
static int32_t fail_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    const flowrun_error error = told(host->values, message);
    (void)port;
    return host->fail(call, &error);
}
const flowrun_component abi_fail = {.size = sizeof(flowrun_component),
                                    .flags = FLOWRUN_REENTRANT,
                                    .id = "abi.fail",
                                    .summary = "Fails as told",
                                    .create = node_create,
                                    .destroy = node_destroy,
                                    .handle = fail_handle};

/* abi.catch: sends the message on, and replies with the error that came back, or null. */
static int32_t catch_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    const flowrun_values* v = host->values;
    flowrun_error error = {.size = sizeof error};
    (void)port;
    if (host->error_of(call, &error) != FLOWRUN_E_INVALID) return wrong(host, call, "an error before any emit");
    const int32_t status = host->emit(call, 0, message);
    flowrun_builder* b = v->builder_new();
    if (host->error_of(call, &error) == FLOWRUN_OK) {
        v->build_map(b);
        put_int(v, b, "status", status);
        put_int(v, b, "code", error.code);
        put_text(v, b, "message", error.message, error.message_size);
        put_int(v, b, "retryable", error.retryable);
        put_int(v, b, "retry_after", error.retry_after);
        put_int(v, b, "attempts", error.attempts);
        put_text(v, b, "node", error.node, error.node_size);
        put_value(v, b, "detail", error.detail);
        v->build_end(b);
    } else {
        v->build_null(b);
    }
    host->reply(call, v->build_finish(b));
    v->builder_free(b);
    return FLOWRUN_OK;
}
const flowrun_component abi_catch = {.size = sizeof(flowrun_component),
                                     .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
                                     .id = "abi.catch",
                                     .summary = "Turns an error into a reply",
                                     .create = node_create,
                                     .destroy = node_destroy,
                                     .handle = catch_handle};

/* abi.raise: raises an error for the message's member `value`, and is itself fine. */
static int32_t raise_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    const flowrun_error error = told(host->values, message);
    const flowrun_value* value = member(host->values, message, "value");
    (void)port;
    (void)host->raise(call, &error, value ? value : message);
    return FLOWRUN_OK;
}
const flowrun_component abi_raise = {.size = sizeof(flowrun_component),
                                     .flags = FLOWRUN_REENTRANT,
                                     .id = "abi.raise",
                                     .summary = "Raises as told",
                                     .create = node_create,
                                     .destroy = node_destroy,
                                     .handle = raise_handle};
