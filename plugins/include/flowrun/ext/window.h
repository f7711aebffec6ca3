/* flowrun/ext/window.h: what a source sends before it has the answers to what it sent before. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_WINDOW_ID). For a source that would otherwise wait for each of its messages by itself, where
 * many of them cost hardly more than one: a durable queue syncs all that have come in meanwhile at once. How many to have
 * open is the source's to bound (cxx/window.hh does).
 */
#ifndef FLOWRUN_EXT_WINDOW_H
#define FLOWRUN_EXT_WINDOW_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_WINDOW_ID "flowrun.window/1"

typedef struct flowrun_window {
    uint32_t size;
    uint32_t reserved;
    /* In `run`: 1 where what is sent out of the port comes, over sync edges or at once, to a queue that answers later; 0
     * where host->emit does the same as `emit` for less. */
    uint32_t (*pays)(flowrun_node* node, uint32_t port);
    /* In a source's `run`. As host->emit_async, but in order: it is dealt with on this thread, up to where it waits for
     * nothing but its place in a queue, and what is sent after it comes behind it there. Where it becomes pending for another
     * reason this returns when it has its answer, and so have all before it. OK: `done` will be called once, or has been;
     * negative: it will not. A source that is told to stop is refused as by host->emit. */
    int32_t (*emit)(flowrun_call* call, uint32_t port, const flowrun_value* value, const flowrun_meta* meta,
                    flowrun_done_fn done, void* user);
    /* In `run`: waits until of all that this source has sent so at most `most` have no answer. A stop does not end that;
     * CANCELLED: the run is cut short, and there may never be an answer. */
    int32_t (*wait)(flowrun_call* call, uint64_t most);
} flowrun_window;

#ifdef __cplusplus
}
#endif
#endif
