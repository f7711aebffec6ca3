/* flowrun/host.h: what the runner gives to a component. C11 and C++17.
 *
 * `call` stands for one visit of a message to a node. It is valid until the entry point that received it returns;
 * after FLOWRUN_PENDING only the ticket is. Functions that take a call are for the thread on which the call runs, the
 * rest for any thread, unless said otherwise. Durations and times are int64_t nanoseconds; a time is on the run's
 * monotonic clock.
 */
#ifndef FLOWRUN_HOST_H
#define FLOWRUN_HOST_H

#include <flowrun/component_table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct flowrun_ticket flowrun_ticket; /* stands for a pending call; used up by `complete` */
typedef struct flowrun_timer flowrun_timer;   /* one shot */

enum { FLOWRUN_DEBUG = 0, FLOWRUN_INFO = 1, FLOWRUN_WARN = 2, FLOWRUN_ERROR = 3 };
enum { FLOWRUN_READ = 1, FLOWRUN_WRITE = 2 }; /* for wait_fd */
enum { FLOWRUN_RETRY_BY_CODE = 0, FLOWRUN_RETRY_YES = 1, FLOWRUN_RETRY_NO = 2 };

/* An error, given or received. Text and values are borrowed: copied when given; valid until the next emit or the end of
 * the call when received. */
typedef struct flowrun_error {
    uint32_t size; /* sizeof(flowrun_error), set by the caller */
    int32_t code;  /* FLOWRUN_E_… */
    const char* message;
    uint64_t message_size;
    uint32_t retryable;  /* FLOWRUN_RETRY_…; received: YES or NO */
    uint32_t attempts;   /* received: how often it was tried */
    int64_t retry_after; /* wait at least so long before the next attempt; 0: not said */
    const char* node;    /* the node where it began; given: of an error that is passed on, else NULL for this node */
    uint64_t node_size;
    const flowrun_value* detail; /* more about it, shown in `error.detail`; may be NULL */
} flowrun_error;

/* What goes with a message. For emit_meta set what differs from the incoming message; zero fields are inherited. */
typedef struct flowrun_meta {
    uint32_t size;    /* sizeof(flowrun_meta), set by the caller */
    uint32_t attempt; /* received: 1 for the first; given: ignored */
    const char* id;
    uint64_t id_size;
    const char* key;
    uint64_t key_size;
    int64_t index;           /* place among its siblings; used when total is not 0 */
    int64_t total;           /* how many siblings; -1: not known */
    const char* traceparent; /* W3C trace context, 55 characters; given on a root call only */
    uint64_t traceparent_size;
    int64_t time; /* received: when the message was first emitted, nanoseconds since 1970; given: 0 means now */
} flowrun_meta;

/* The result of an emit_async. On any thread; `error` is NULL when status is OK; `reply` may be NULL. */
typedef void (*flowrun_done_fn)(void* user, int32_t status, const flowrun_value* reply, const flowrun_error* error);
typedef void (*flowrun_timer_fn)(void* user);

struct flowrun_host {
    uint32_t size; /* bytes of this table: a function beyond it is not there */
    uint16_t abi_major;
    uint16_t abi_minor;
    const char* version; /* of the runner */
    const flowrun_values* values;
    /* A table by string id, such as "flowrun.queue/1"; NULL when this runner has none of that id. */
    const void* (*extension)(const char* id);

    /* --- sending on --- */
    /* Sends `value` out of output `port` and waits. A sync edge gives back the downstream's result; an async edge OK
     * once its queue has taken the message. A port without an edge: OK, the message is dropped on purpose. On a
     * negative result host->error_of has the error; returning the same code hands it on. */
    int32_t (*emit)(flowrun_call* call, uint32_t port, const flowrun_value* value);
    int32_t (*emit_meta)(flowrun_call* call, uint32_t port, const flowrun_value* value, const flowrun_meta* meta);
    /* The last act of `handle`, once: `return host->forward(call, port, value)`. Nothing of the caller stays on the stack,
     * and the node is free again before the downstream is entered. `value` must be the message, a part of it, a
     * setting of this call, a retained value, or the value of a builder or reader of this node that nothing else uses
     * before the downstream is done. */
    int32_t (*forward)(flowrun_call* call, uint32_t port, const flowrun_value* value);
    /* Sends without waiting: OK means that `done` will be called once, on any thread, perhaps before this returns;
     * negative: it will not. `value` and `meta` need not stand once this has returned: the host keeps its own. The
     * call must stay open until `done`: a handler that has such emits in flight returns FLOWRUN_PENDING and completes
     * after the last `done`. A failure of what a source sent so counts as with emit (ext/source.h). */
    int32_t (*emit_async)(flowrun_call* call, uint32_t port, const flowrun_value* value, const flowrun_meta* meta,
                          flowrun_done_fn done, void* user);

    /* --- results --- */
    void (*reply)(flowrun_call* call, const flowrun_value* value);   /* this call's reply; copied or retained */
    const flowrun_value* (*reply_of)(flowrun_call* call);            /* of the last emit; NULL: none */
    int32_t (*fail)(flowrun_call* call, const flowrun_error* error); /* describes this call's failure; returns code */
    int32_t (*error_of)(flowrun_call* call, flowrun_error* out);     /* of the last emit; OK, or INVALID: none */
    /* A failure that belongs to `value` and not to this call (a bad record in a source): goes to the node's error port
     * as {error, msg}; without an edge there it counts as a failed message and is reported. */
    int32_t (*raise)(flowrun_call* call, const flowrun_error* error, const flowrun_value* value);
    void (*refuse)(flowrun_node* node, const char* message, uint64_t size); /* in create, start, commit: why it fails */

    /* --- pending --- */
    flowrun_ticket* (*pend)(flowrun_call* call); /* then return FLOWRUN_PENDING; NULL: not possible here */
    /* Any thread, exactly once. `error` and `reply` may be NULL. FLOWRUN_E_CANCELLED: the caller had given up. */
    int32_t (*complete)(flowrun_ticket* ticket, int32_t status, const flowrun_value* reply, const flowrun_error* error);
    flowrun_call* (*call_of)(flowrun_ticket* ticket); /* to emit from a pending call, one thread at a
                                                         time: each asks anew; not after complete */

    /* --- calls that no message began --- */
    flowrun_call* (*begin)(flowrun_node* node); /* any thread; NULL: the node was told to stop, or is past its end */
    void (*finish)(flowrun_call* call);         /* same thread as `begin`; its result is what its emits gave */

    /* --- the message and the settings --- */
    int32_t (*meta)(flowrun_call* call, flowrun_meta* out);              /* borrowed until the call ends */
    const flowrun_value* (*setting)(flowrun_call* call, uint32_t index); /* evaluated for this message, borrowed until
                                                                            the call ends; NULL: not set, or it failed
                                                                            (then return host->setting_status) */
    int32_t (*setting_status)(flowrun_call* call);

    /* --- time and waiting --- */
    int64_t (*now)(void);
    int64_t (*wall)(void);                                  /* nanoseconds since 1970 */
    int64_t (*deadline)(flowrun_call* call);                /* INT64_MAX: none */
    int32_t (*stopping)(flowrun_call* call);                /* 0, or the code to return: CANCELLED or TIMEOUT */
    int32_t (*sleep)(flowrun_call* call, int64_t duration); /* OK, or woken: CANCELLED or TIMEOUT */
    int32_t (*wait_fd)(flowrun_call* call, int32_t fd, uint32_t events, int64_t timeout); /* OK: ready; as sleep;
                                                                      UNAVAILABLE: the timeout (< 0: none) passed;
                                                                      INVALID: no such descriptor, or other events */
    /* Calls `fn` once on another thread; it must be short, and wait for nothing but what it emits in a call that it
     * begins. Cancel returns 1 when it will not be
     * called any more, else 0: it has been called, or is being called now. A timer that has gone off may still be
     * cancelled, without effect. Before `destroy` the host cancels the node's timers that are left and waits for one
     * that runs. */
    flowrun_timer* (*timer)(flowrun_node* node, int64_t after, flowrun_timer_fn fn, void* user);
    int32_t (*timer_cancel)(flowrun_timer* timer);

    /* --- seeing --- */
    /* Any thread. A text of more than 4 KiB is cut, and tells how much more there was. */
    void (*log)(flowrun_node* node, uint32_t level, const char* text, uint64_t size);
    const char* (*node_name)(flowrun_node* node);
    int32_t (*traceparent)(flowrun_call* call, char out[56]); /* of this call, to hand to others; terminated */
};

#ifdef __cplusplus
}
#endif
#endif
