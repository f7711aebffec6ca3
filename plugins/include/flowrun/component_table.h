/* flowrun/component_table.h: what a component is: its description and its entry points. C11 and C++17.
 *
 * A component is a table of functions and a description. The runner makes one *node* of it for each use in a flow
 * (`create`), gives it messages (`handle`) or lets it produce them (`run`), tells it that its inputs have ended
 * (`end`), and takes it down (`destroy`).
 *
 * Threads. Unless FLOWRUN_REENTRANT is set a node is an actor: handle, handle_batch and end are never entered while
 * another of them has no result yet. `run` has a thread of its own. `stop` may come from any thread at any time.
 *
 * Exceptions must not leave any of these functions: the process ends, naming plugin and node. The C++ layer
 * (component.hh) catches them.
 */
#ifndef FLOWRUN_COMPONENT_TABLE_H
#define FLOWRUN_COMPONENT_TABLE_H

#include <flowrun/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct flowrun_host flowrun_host; /* host.h */
typedef struct flowrun_node flowrun_node; /* one use of a component in a flow; opaque; lives create … destroy */
typedef struct flowrun_call flowrun_call; /* one message's visit to a node; opaque; lives as long as the call */

/* The result of a call. Negative: it failed with that code (say more with host->fail). */
enum {
    FLOWRUN_OK = 0,
    FLOWRUN_FORWARDED = 1, /* host->forward was the last act: the downstream's result is this call's own */
    FLOWRUN_PENDING = 2,   /* host->pend was called: host->complete brings the result later */

    FLOWRUN_E_INVALID = -1,     /* the message or a setting is wrong; trying again is useless */
    FLOWRUN_E_FAILED = -2,      /* it went wrong; trying again may help */
    FLOWRUN_E_TIMEOUT = -3,     /* a timeout or deadline passed */
    FLOWRUN_E_CANCELLED = -4,   /* the run is ending, or the caller gave up */
    FLOWRUN_E_UNAVAILABLE = -5, /* something that is needed is not there now */
    FLOWRUN_E_OVERFLOW = -6,    /* a queue or a limit is full */
    FLOWRUN_E_PERMANENT = -7,   /* it went wrong for good */
    FLOWRUN_E_INTERNAL = -8     /* a bug, here or in the component */
};

/* flags of a component */
enum {
    FLOWRUN_SOURCE = 1,      /* has `run`; has no input */
    FLOWRUN_REENTRANT = 2,   /* handle may be entered by several threads at once */
    FLOWRUN_COOPERATIVE = 4, /* waits only through the host, so a timeout reaches it in place */
    FLOWRUN_IDEMPOTENT = 8,  /* handling a message twice does no harm */
    FLOWRUN_WRITES_STDOUT = 16,
    FLOWRUN_READS_STDIN = 32,
    FLOWRUN_TAKES_SIGNALS = 64, /* handles USR1, USR2 or HUP itself: they are held back until the nodes are made */
    FLOWRUN_PROMPT = 128        /* handle takes some microseconds and never waits, though it may become pending */
};

/* `settings` is a JSON Schema (2020-12, the part listed in flowrun-plugin(3)) of type object, as text. The order of its
 * `properties` numbers the settings from 0, for host->setting. Beside the standard words:
 *   "x-duration": true   a duration such as 250ms; the component gets nanoseconds as an int
 *   "x-size": true       a size such as 16MiB; the component gets bytes as an int
 *   "x-message": true    may hold ${…} over the message; read it with host->setting in each call
 *   "x-expression": true the whole value is an expression (implies x-message)
 *   "x-item": true       evaluated for each element of a list within the message, which expressions see as `item`
 *                        (implies x-message); read it as ext/item.h says
 *   "x-text": true       ends as text: a 1.10 or 007 that stands in the flow comes as the string that was written
 *   "x-secret": true     never shown;     "x-listen": true     an address (host:port) that no two nodes may listen on
 * `ports` is JSON text: {"in": {"in": "doc", …}, "out": {"out": "doc", …}}. The order numbers the ports from 0, inputs
 * and outputs each. The port `error` is the runner's: every node has it, none lists it. */
typedef struct flowrun_component {
    uint32_t size;
    uint32_t flags;
    const char* id;       /* "pass" in core.so; "weather.get" in weather.so */
    const char* summary;  /* one line, no full stop */
    const char* doc;      /* more, in plain text; may be NULL */
    const char* settings; /* may be NULL: none */
    const char* ports;    /* may be NULL: one input `in`, one output `out` (a source: no input) */

    /* Optional: the ports that these settings make, built as a value shaped like `ports`. Settings over the message are
     * in `settings` too, as their author wrote them. FLOWRUN_OK; or negative: then `out` may hold {"message": text}. */
    int32_t (*ports_for)(const flowrun_host* host, const flowrun_value* settings, flowrun_builder* out);

    /* Makes a node. `settings` is a map that holds every setting given or defaulted, checked against the schema; those
     * that hold ${…} over the message are absent. It is borrowed until `create` returns. On failure give the
     * reason with host->refuse and return a negative code. */
    int32_t (*create)(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self);
    void (*destroy)(void* self);

    /* Optional: called once after every node is created, sinks first, before any message. On failure give the reason
     * with host->refuse, for the node that `create` was given, and return a negative code. */
    int32_t (*start)(void* self);

    /* One message at input `port`. `message` is borrowed until `handle` returns: one that answers FLOWRUN_PENDING and
     * still needs it retains it first. */
    int32_t (*handle)(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message);

    /* Optional: n messages at once, from an edge with `batch`. Sets results[i] as `handle` would return it (OK or a
     * negative code; failures are described on calls[i]). Returns OK, or a code that holds for all. Without it an edge
     * with `batch` calls `handle` with a list. */
    int32_t (*handle_batch)(void* self, flowrun_call* const* calls, uint32_t port, const flowrun_value* const* messages,
                            int32_t* results, uint64_t n);

    /* A source's life: emits until it is done, and returns FLOWRUN_OK; or until host->stopping says so, and returns what that
     * said. CANCELLED then means that its input was cut short: a source that has no end of its own returns FLOWRUN_OK. */
    int32_t (*run)(void* self, flowrun_call* call);

    /* Optional, once, on a thread of its own: all inputs have ended; may emit what is left. When a drain is cut short it
     * is called as well, unless the node is in a call: its emits are refused then. */
    int32_t (*end)(void* self, flowrun_call* call);

    /* Optional, any thread: return soon from whatever waits. Waits through the host wake by themselves. */
    void (*stop)(void* self);

    /* Optional: whether settings that each fit the schema can be used, as a schedule or settings that exclude one
     * another; so a mistake is found before anything runs. `settings` is as ports_for gets it, which is called after
     * this. FLOWRUN_OK; or negative: then `mistake` holds {"message": text}, with "setting": the name of the one that
     * is wrong, "remedy": text, "warning": true where a run may be tried all the same, and "more": a list of further
     * maps of this form, each where there is one. */
    int32_t (*check)(const flowrun_host* host, const flowrun_value* settings, flowrun_builder* mistake);

    /* Optional, once, on a thread of its own: the run is over, every `end` has been called and nothing is sent any more. It
     * is for what is right where the whole run is, such as putting a file in the place of another: ext/outcome.h says
     * whether it is. Called where `end` was, whatever came of that, one node after another; there is no call, so nothing
     * can be emitted. On failure give the reason with host->refuse and return a negative code: the run fails then, and no
     * error port has it, since those who would take it have come to their end. */
    int32_t (*commit)(void* self);
} flowrun_component;

#ifdef __cplusplus
}
#endif
#endif
