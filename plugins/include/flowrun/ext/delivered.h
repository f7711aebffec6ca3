/* flowrun/ext/delivered.h: a source that wants to know when all that came of a message is dealt with. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_DELIVERED_ID). For a source that takes its messages from somebody who keeps each until it is
 * told that there is no more need for it, as brokers do.
 */
#ifndef FLOWRUN_EXT_DELIVERED_H
#define FLOWRUN_EXT_DELIVERED_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_DELIVERED_ID "flowrun.delivered/1"

typedef struct flowrun_delivered {
    uint32_t size;
    uint32_t reserved;
    /* In a source's `run`, for which it is what host->emit_async is, but for when `done` is called: once the message, and all
     * that components have made of it while they had it, is dealt with behind async edges too. A durable queue that holds a
     * message has dealt with it; so has a policy that drops it, and a filter. A failure behind an async edge that no error route
     * and no dead letter queue takes is told to `done`, the first of several; it is counted once, where it happened.
     * Where the run is cut short, `done` is told CANCELLED while messages are still in queues.
     *
     * Not promised: that a component which keeps a message when its call has returned (one that gathers, or joins) is waited
     * for. */
    int32_t (*emit)(flowrun_call* call, uint32_t port, const flowrun_value* value, const flowrun_meta* meta,
                    flowrun_done_fn done, void* user);
} flowrun_delivered;

#ifdef __cplusplus
}
#endif
#endif
