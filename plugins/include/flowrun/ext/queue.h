/* flowrun/ext/queue.h: a queue that outlives the run, as a plugin offers it. C11 and C++17.
 *
 * plugin->extension(FLOWRUN_QUEUE_ID) answers with the table below. `queue: "sqlite:state/orders.db"` on an async edge
 * opens sqlite.so, whatever comes before the colon being the plugin's name, and asks it for one queue.
 *
 * The life of an item: push (accepted once it is held) - take, which gives it a lease - then ack (dealt with), nack (to
 * be given out again) or reject (never again, kept as a dead letter). What is leased when the process dies is given out
 * anew by the next that opens the queue: at least once.
 *
 * Nothing here waits, but `open` and `close`: what cannot be answered at once is told to the listener later. Every
 * function may be called on any thread unless said otherwise, and by several at once. Times are nanoseconds since 1970,
 * durations nanoseconds. Text and bytes that are given are borrowed until the function returns: who keeps them copies.
 */
#ifndef FLOWRUN_EXT_QUEUE_H
#define FLOWRUN_EXT_QUEUE_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_QUEUE_ID "flowrun.queue/1"

typedef struct flowrun_queue flowrun_queue; /* the plugin's; made by open, gone after close */

typedef struct flowrun_text {
    const char* data; /* not terminated; NULL: none */
    uint64_t size;
} flowrun_text;

/* How a body is written. A backend keeps the bytes as they are and need not look at them. */
enum {
    FLOWRUN_BODY_JSON = 0,  /* JSON text */
    FLOWRUN_BODY_BYTES = 1, /* bytes that are the whole message */
    FLOWRUN_BODY_MIXED = 2  /* JSON text in which strings that begin with U+0001 stand for bytes: U+0001 "b" and their
                               base64; and U+0001 "s" and the text for a string that begins so itself */
};

enum {
    FLOWRUN_ITEM_AGAIN = 1, /* it was given out before, by this process or by another, and nobody knows what came of
                                    that */
    FLOWRUN_ITEM_INTERRUPTED = 2 /* it was in a handler when the process died; that attempt is counted */
};

typedef struct flowrun_queue_item {
    uint32_t size;   /* sizeof(flowrun_queue_item), set by who makes it */
    uint32_t flags;  /* FLOWRUN_ITEM_… */
    uint64_t lease;  /* by which it is answered, not 0; 0 in push and in what is dead or only looked at */
    uint64_t number; /* its place in the queue, growing; 0 in push */
    flowrun_text body;
    uint32_t format;   /* FLOWRUN_BODY_… */
    uint32_t attempts; /* made so far */
    flowrun_text id;   /* unique in the world */
    flowrun_text key;
    flowrun_text traceparent;
    int64_t time;     /* when the message was first emitted */
    int64_t accepted; /* when it came into this queue */
    int64_t due;      /* its next attempt is not before; 0: at once */
    int64_t index;    /* among its siblings, where total is not 0 */
    int64_t total;
    flowrun_text
        error; /* of one that is dead or was tried: its last error, as JSON; in push: of a dead letter of another
                           queue that is put into this one, kept with it */
    flowrun_text
        origin; /* the run that pushed it; kept by a queue that several processes share, others may forget it */
} flowrun_queue_item;

/* What the queue tells, on any thread; also from within push(), but not from within take(). Not after close() returned. */
typedef struct flowrun_queue_listener {
    uint32_t size;
    uint32_t reserved;
    /* A push that was FLOWRUN_PENDING: OK, it is held; else why it is not (`text` may be empty). */
    void (*pushed)(void* user, uint64_t push, int32_t status, flowrun_text text);
    /* There may be something to take. */
    void (*arrived)(void* user);
    /* An ack, nack or reject has been noted for good. TIMEOUT: the lease was over before, and the message has been or will
     * be given to somebody else; with another status nobody knows whether it was noted. */
    void (*settled)(void* user, uint64_t lease, int32_t status, flowrun_text text);
    /* So many that were counted as waiting will never be given out: they are damaged, and lie among the dead. */
    void (*lost)(void* user, uint64_t messages, flowrun_text text);
    /* So many more wait than were pushed, or fewer than were taken: somebody has changed the queue by hand (put, replay, move,
     * drop). */
    void (*added)(void* user, uint64_t messages);
    void (*removed)(void* user, uint64_t messages);
    /* The store cannot be used any more; once. All that is asked for from now on is answered with a failure. */
    void (*broken)(void* user, int32_t status, flowrun_text text);
    /* Of a queue that is shared and was opened with FLOWRUN_QUEUE_UNTIL_EMPTY: it was asked, and is empty. It has nothing to
     * give out, nobody else has anything out of it, and nothing that was given back is due within half a minute. Told
     * several times a second as long as that is so. */
    void (*idle)(void* user);
    /* What an operator should know and nothing follows from: the server is gone, or there again. */
    void (*notice)(void* user, flowrun_text text);
    /* What is pushed or noted waits, since there is no room where the queue lies: why. Once, and with an empty text when it waits
     * no more. */
    void (*full)(void* user, flowrun_text text);
} flowrun_queue_listener;

enum {
    /* Nobody here takes from it: a push beyond max_bytes fails with OVERFLOW. */
    FLOWRUN_QUEUE_ONLY_PUSHED = 1,
    /* A push that would wait for room, be it beyond max_bytes or on the disk, fails with OVERFLOW. */
    FLOWRUN_QUEUE_REFUSES = 2,
    /* Who takes from it ends when it is empty: `idle` tells. */
    FLOWRUN_QUEUE_UNTIL_EMPTY = 4,
    /* Of messages with the same key one at a time, in their order (FLOWRUN_QUEUE_KEYS). */
    FLOWRUN_QUEUE_BY_KEY = 8
};

typedef struct flowrun_queue_spec {
    uint32_t size;
    uint32_t flags;    /* FLOWRUN_QUEUE_ONLY_… */
    flowrun_text url;  /* as the flow has it, its fragment taken off; expressions are evaluated */
    flowrun_text name; /* the queue's: the URL's fragment, else "flow/from ~> to" */
    flowrun_text flow;
    uint64_t max_bytes; /* beyond that push answers later, when there is room again; 0: no bound */
    int64_t lease; /* how long who takes a message has it without a word (FLOWRUN_QUEUE_LEASES); 0: not said. It goes on
                           as long as the process lives and reaches the server */
    int64_t timeout; /* how long a handler may have a message at the most; 0: not said */
    /* The order in which who opens it delivers, in his own words: what is pushed from now on was put in under it. A backend
     * that keeps it gives it back by `orders`, and need not understand it. Empty: nothing is said. */
    flowrun_text order;
} flowrun_queue_spec;

typedef struct flowrun_queue_depth {
    uint32_t size;
    uint32_t reserved;
    uint64_t waiting; /* to be taken, those that are not yet due as well */
    uint64_t leased;
    uint64_t dead;
    uint64_t bytes;       /* of the bodies of all of these */
    int64_t oldest;       /* when the oldest of those that wait was accepted; 0: none waits */
    uint64_t later;       /* of those that wait, not yet due */
    uint64_t interrupted; /* of those that wait, were in a handler when the process died */
} flowrun_queue_depth;

/* What has passed through a queue since it was made. pushed + put = acked + buried + taken + lost + waiting, and
 * buried = dead + dead_taken: else something was lost or doubled. */
typedef struct flowrun_queue_audit {
    uint32_t size;
    uint32_t reserved;
    uint64_t pushed;
    uint64_t put; /* by hand: put, replayed, moved here */
    uint64_t acked;
    uint64_t buried;        /* rejected, or found damaged */
    uint64_t taken;         /* by hand: dropped, moved away */
    uint64_t lost;          /* damaged so that they are not there any more; told when that was found */
    uint64_t waiting, dead; /* counted now, one by one; what is leased waits */
    uint64_t dead_taken;    /* dead ones replayed or dropped */
} flowrun_queue_audit;

/* What a backend can do; read by `check` before anything is opened. */
enum {
    FLOWRUN_QUEUE_SHARED = 1,   /* several processes may have it open */
    FLOWRUN_QUEUE_FIFO = 2,     /* gives out in the order of acceptance */
    FLOWRUN_QUEUE_COUNTS = 4,   /* depth is exact */
    FLOWRUN_QUEUE_PEEKS = 8,    /* peek, replay, drop and move work */
    FLOWRUN_QUEUE_LEASES = 16,  /* a lease has a length that can be chosen */
    FLOWRUN_QUEUE_BOUNDED = 32, /* max_bytes has a meaning */
    FLOWRUN_QUEUE_KEYS = 64,    /* where it is opened with FLOWRUN_QUEUE_BY_KEY, over all processes that open it so */
    FLOWRUN_QUEUE_AUDITS = 128,
    FLOWRUN_QUEUE_FSCKS = 256,
    FLOWRUN_QUEUE_PROBES = 512,
    FLOWRUN_QUEUE_ORDERS = 1024,
    FLOWRUN_QUEUE_OBJECTS = 2048, /* holds messages that are JSON objects, not byte for byte, and refuses others */
    FLOWRUN_QUEUE_ALONE = 4096    /* what waits is dropped and moved only while nobody takes from it */
};

typedef void (*flowrun_item_fn)(void* user, const flowrun_queue_item* item);
typedef void (*flowrun_text_fn)(void* user, flowrun_text text);

/* What `peek`, `replay` and `drop` are about. */
enum { FLOWRUN_SELECT_WAITING = 0, FLOWRUN_SELECT_DEAD = 1 };

typedef struct flowrun_queue_table {
    uint32_t size;
    uint32_t can; /* FLOWRUN_QUEUE_… */

    /* What is wrong with a URL that can be seen without opening it: negative, and a text. Main thread. */
    int32_t (*check)(flowrun_text url, flowrun_text_fn why, void* user);
    /* Opens or makes it, and finds what an earlier run has left. May wait. NULL: it cannot, and `why` is called with a
     * text; `status` is UNAVAILABLE, INVALID (the flow or the store is wrong), or FAILED where another process has it. The
     * listener and the host outlive it. */
    flowrun_queue* (*open)(const flowrun_host* host, const flowrun_queue_spec* spec,
                           const flowrun_queue_listener* listener, void* user, int32_t* status, flowrun_text_fn why,
                           void* why_user);
    /* OK: it is held for good; PENDING: `pushed` will say; another: it is not taken, and `push` is never heard of. Where
     * there is no room for it, as on a disk that is full, it is answered when there is some, or by `close`. */
    int32_t (*push)(flowrun_queue* queue, const flowrun_queue_item* item, uint64_t push);
    /* Calls `give` for up to `most` items, oldest first, borrowed until it returns. Answers how many. One thread at a time. */
    uint32_t (*take)(flowrun_queue* queue, uint32_t most, flowrun_item_fn give, void* user);
    void (*ack)(flowrun_queue* queue, uint64_t lease);
    /* To be given out again, not before `delay` has passed; `attempts`: that have been made in all. */
    void (*nack)(flowrun_queue* queue, uint64_t lease, int64_t delay, uint32_t attempts, flowrun_text error);
    void (*reject)(flowrun_queue* queue, uint64_t lease, uint32_t attempts, flowrun_text error);
    /* The lease goes on: the message waits in the process for its next attempt, due after `delay`. */
    void (*extend)(flowrun_queue* queue, uint64_t lease, int64_t delay, uint32_t attempts, flowrun_text error);
    /* A handler is about to be called with it. Should the process die before that lease is answered or extended, the item is
     * FLOWRUN_ITEM_INTERRUPTED with one attempt more when the queue is next opened, and is given out before all others. NULL:
     * the backend cannot know. */
    void (*enter)(flowrun_queue* queue, uint64_t lease);
    int32_t (*depth)(flowrun_queue* queue, flowrun_queue_depth* out);
    /* Nothing more will be taken: pushes that wait for room in bytes are let in, and no later one waits for it. An ack, nack
     * or reject that waits for room is answered, with a failure where there is none. */
    void (*drain)(flowrun_queue* queue);
    /* Everything that was asked for is answered, then it is closed. Waits for the store. Nothing else is called meanwhile,
     * but by the listener. */
    void (*close)(flowrun_queue* queue);

    /* --- for the verbs of `flowrun queue`; what changes something works for this process's own open queues as well: what is
     * leased is left alone, and the listener is told --- */

    /* The names of the queues at this URL, with their depths. Reads only, also beside a process that has it open. Negative,
     * and a text. */
    int32_t (*list)(flowrun_text url, void (*give)(void* user, flowrun_text name, const flowrun_queue_depth* depth),
                    void* user, flowrun_text_fn why, void* why_user);
    /* Up to `most` items from number `from` on, oldest first. Reads only. */
    int32_t (*peek)(flowrun_text url, flowrun_text name, uint32_t select, uint64_t from, uint64_t most,
                    flowrun_item_fn give, void* user, flowrun_text_fn why, void* why_user);
    /* Back into the queue (dead letters, their attempts forgotten), or gone for good: items by number, `count` of them.
     * Answers how many there were. FAILED: another process has it open. */
    int64_t (*replay)(flowrun_text url, flowrun_text name, const uint64_t* numbers, uint64_t count, flowrun_text_fn why,
                      void* why_user);
    int64_t (*drop)(flowrun_text url, flowrun_text name, uint32_t select, const uint64_t* numbers, uint64_t count,
                    flowrun_text_fn why, void* why_user);
    /* Out of one queue and to the end of another at the same URL, as they are; it is made if need be. */
    int64_t (*move)(flowrun_text url, flowrun_text name, flowrun_text to, const uint64_t* numbers, uint64_t count,
                    flowrun_text_fn why, void* why_user);
    /* To the end of a queue, which is made if need be, with their ids, keys, times and attempts. Answers how many. */
    int64_t (*put)(flowrun_text url, flowrun_text name, const flowrun_queue_item* items, uint64_t count,
                   flowrun_text_fn why, void* why_user);
    /* A text that is the same for all URLs, of whatever process of this machine, that lead to the same place. */
    int32_t (*place)(flowrun_text url, flowrun_text_fn give, void* user);
    /* Reads only, also beside a process that has it open. NULL: the backend keeps no such account. */
    int32_t (*audit)(flowrun_text url, void (*give)(void* user, flowrun_text name, const flowrun_queue_audit* audit),
                     void* user, flowrun_text_fn why, void* why_user);
    /* Looks at every byte: calls `say` for each thing that is wrong. Answers how many; negative: it cannot be read. NULL:
     * its server looks after its own files. */
    int64_t (*fsck)(flowrun_text url, flowrun_text_fn say, void* user);
    /* Under which orders the messages that wait in a queue were put in, oldest first, each with how many of them: what its
     * openers said, those that said nothing left out. What was put in by hand counts with what was pushed before it. Reads
     * only, also beside a process that has it open. Negative, and a text; a queue that is not there has none. NULL: the
     * backend does not keep them. */
    int32_t (*orders)(flowrun_text url, flowrun_text name,
                      void (*give)(void* user, flowrun_text order, uint64_t waiting), void* user, flowrun_text_fn why,
                      void* why_user);
    /* For `check --connect`: whether the server is there, and would open this queue. `warn` for each thing that is set up so
     * that less is promised than its users expect. Makes nothing. Negative, and a text: UNAVAILABLE where it cannot be
     * reached now, else it never will open so. NULL: there is no server to ask. */
    int32_t (*probe)(const flowrun_queue_spec* spec, flowrun_text_fn warn, void* user, flowrun_text_fn why,
                     void* why_user);
} flowrun_queue_table;

#ifdef __cplusplus
}
#endif
#endif
