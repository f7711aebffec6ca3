/* Components that keep to the tables and to nothing else: each answers a message in a way that it must not. */
#include "component.h"

#include <limits.h>

#define HOST const flowrun_host* host = (const flowrun_host*)self
#define HANDLE(name) static int32_t name(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message)
#define UNUSED (void)self, (void)call, (void)port, (void)message

HANDLE(garbage) { return UNUSED, 7777; }
HANDLE(negative_garbage) { return UNUSED, INT32_MIN; }
HANDLE(pending_unpended) { return UNUSED, FLOWRUN_PENDING; }
HANDLE(forwarded_unforwarded) { return UNUSED, FLOWRUN_FORWARDED; }
HANDLE(failed_silently) { return UNUSED, FLOWRUN_E_FAILED; }

HANDLE(pended_unreturned) {
    HOST;
    UNUSED;
    flowrun_ticket* ticket = host->pend(call);
    if (ticket) (void)host->complete(ticket, FLOWRUN_OK, NULL, NULL);
    return FLOWRUN_E_FAILED;
}
HANDLE(completes_twice) {
    HOST;
    UNUSED;
    flowrun_ticket* ticket = host->pend(call);
    if (!ticket) return FLOWRUN_E_UNAVAILABLE;
    (void)host->complete(ticket, FLOWRUN_OK, NULL, NULL);
    (void)host->complete(ticket, FLOWRUN_OK, NULL, NULL);
    return FLOWRUN_PENDING;
}
HANDLE(completes_never) {
    HOST;
    UNUSED;
    return host->pend(call) ? FLOWRUN_PENDING : FLOWRUN_E_UNAVAILABLE;
}
HANDLE(completes_with_garbage) {
    HOST;
    UNUSED;
    flowrun_ticket* ticket = host->pend(call);
    if (!ticket) return FLOWRUN_E_UNAVAILABLE;
    (void)host->complete(ticket, 4242, NULL, NULL);
    return FLOWRUN_PENDING;
}
HANDLE(bad_port) {
    HOST;
    UNUSED;
    return host->emit(call, 4000000000U, message);
}
HANDLE(forwards_bad_port) {
    HOST;
    UNUSED;
    return host->forward(call, 12345, message);
}
HANDLE(null_error) {
    HOST;
    UNUSED;
    (void)host->fail(call, NULL);
    return FLOWRUN_E_FAILED;
}
HANDLE(empty_error) {
    HOST;
    UNUSED;
    const flowrun_error error = {.size = sizeof error, .code = FLOWRUN_OK, .message = NULL, .message_size = 12};
    return host->fail(call, &error);
}
HANDLE(short_error) {
    HOST;
    UNUSED;
    const flowrun_error error = {.size = 8, .code = FLOWRUN_E_PERMANENT, .message = (const char*)1, .message_size = 12};
    return host->fail(call, &error);
}
HANDLE(null_value) {
    HOST;
    UNUSED;
    return host->emit(call, 0, NULL);
}
HANDLE(bad_setting) {
    HOST;
    UNUSED;
    const flowrun_value* setting = host->setting(call, 99);
    return setting ? FLOWRUN_E_INTERNAL : host->emit(call, 0, message);
}

HANDLE(forwards_and_is_done) {
    HOST;
    (void)port;
    (void)host->forward(call, 0, message);
    return FLOWRUN_OK;
}
HANDLE(forwards_twice) {
    HOST;
    (void)port;
    (void)host->forward(call, 0, message);
    return host->forward(call, 0, message);
}

#define COMPONENT(name)                                                                   \
    static const flowrun_component name##_component = {.size = sizeof(flowrun_component), \
                                                       .id = "conduct." #name,            \
                                                       .summary = "Misbehaves",           \
                                                       .create = fine_create,             \
                                                       .destroy = fine_destroy,           \
                                                       .handle = name}
COMPONENT(garbage);
COMPONENT(negative_garbage);
COMPONENT(pending_unpended);
COMPONENT(forwarded_unforwarded);
COMPONENT(forwards_and_is_done);
COMPONENT(forwards_twice);
COMPONENT(failed_silently);
COMPONENT(pended_unreturned);
COMPONENT(completes_twice);
COMPONENT(completes_never);
COMPONENT(completes_with_garbage);
COMPONENT(bad_port);
COMPONENT(forwards_bad_port);
COMPONENT(null_error);
COMPONENT(empty_error);
COMPONENT(short_error);
COMPONENT(null_value);
COMPONENT(bad_setting);
static const flowrun_component fine_component = {FINE("conduct.fine")};

static const flowrun_component* const table[] = {&garbage_component,
                                                 &negative_garbage_component,
                                                 &pending_unpended_component,
                                                 &forwarded_unforwarded_component,
                                                 &forwards_and_is_done_component,
                                                 &forwards_twice_component,
                                                 &failed_silently_component,
                                                 &pended_unreturned_component,
                                                 &completes_twice_component,
                                                 &completes_never_component,
                                                 &completes_with_garbage_component,
                                                 &bad_port_component,
                                                 &forwards_bad_port_component,
                                                 &null_error_component,
                                                 &empty_error_component,
                                                 &short_error_component,
                                                 &null_value_component,
                                                 &bad_setting_component,
                                                 &fine_component};
PLUGIN("conduct", table, sizeof table / sizeof table[0]);
