/* flowrun/ext/source.h: what a source says of itself. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_SOURCE_ID). Both functions are for any thread, from `create` until `run` returns, and have no
 * effect on a node that is no source.
 */
#ifndef FLOWRUN_EXT_SOURCE_H
#define FLOWRUN_EXT_SOURCE_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_SOURCE_ID "flowrun.source/1"

typedef struct flowrun_source {
    uint32_t size;
    uint32_t reserved;
    /* It has no end of its own. A source that is told to stop before it has come to its end leaves the work of its flow
     * undone, and a run that a signal has stopped says so by its exit code. Where a source waits for whatever may come
     * (requests, signals, times of a schedule) nothing is undone: a stop is its end. */
    void (*endless)(flowrun_node* node);
    /* It answers somebody outside for each message, and tells them of its failure in the `done` of emit_async: such a
     * failure does not make the run fail. Of any other source it counts as with emit, whatever `done` does with it. */
    void (*answers)(flowrun_node* node);
} flowrun_source;

#ifdef __cplusplus
}
#endif
#endif
