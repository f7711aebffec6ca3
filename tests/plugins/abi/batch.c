/* handle_batch: one result for each message. */
#include "abi.h"

/* abi.batch: sends even numbers on and fails odd ones, telling apart how it was called: {"n": …, "of": size or 0}. */
static int32_t one(const flowrun_host* host, flowrun_call* call, const flowrun_value* message, uint64_t of) {
    const flowrun_values* v = host->values;
    int64_t n = 0;
    if (v->as_int(message, &n) != FLOWRUN_OK || n % 2) {
        const flowrun_error error = {
            .size = sizeof error, .code = FLOWRUN_E_INVALID, .message = "it is odd", .message_size = 9};
        return host->fail(call, &error);
    }
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_int(v, b, "n", n);
    put_int(v, b, "of", (int64_t)of);
    v->build_end(b);
    const int32_t status = host->emit(call, 0, v->build_finish(b));
    v->builder_free(b);
    return status;
}
static int32_t batch_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    (void)port;
    return one(((struct node*)self)->host, call, message, 0);
}
static int32_t handle_batch(void* self, flowrun_call* const* calls, uint32_t port, const flowrun_value* const* messages,
                            int32_t* results, uint64_t n) {
    (void)port;
    for (uint64_t i = 0; i < n; ++i) results[i] = one(((struct node*)self)->host, calls[i], messages[i], n);
    return FLOWRUN_OK;
}
const flowrun_component abi_batch = {.size = sizeof(flowrun_component),
                                     .id = "abi.batch",
                                     .summary = "Takes many messages at once",
                                     .create = node_create,
                                     .destroy = node_destroy,
                                     .handle = batch_handle,
                                     .handle_batch = handle_batch};
