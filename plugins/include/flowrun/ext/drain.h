/* flowrun/ext/drain.h: what a source still has to hand on when it has been told to stop. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_DRAIN_ID). For a source with something in its hands that would be lost with it, such as the rest of
 * a file that has no name any more.
 */
#ifndef FLOWRUN_EXT_DRAIN_H
#define FLOWRUN_EXT_DRAIN_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_DRAIN_ID "flowrun.drain/1"

typedef struct flowrun_drain {
    uint32_t size;
    uint32_t reserved;
    /* In `run`, once host->stopping has said CANCELLED. OK: the emits and waits of this call go on as if nobody had stopped
     * it, until the time for the drain is over, and the source must come to its end soon. Else that time is over, or the
     * messages that the run may have have been begun. */
    int32_t (*enter)(flowrun_call* call);
} flowrun_drain;

#ifdef __cplusplus
}
#endif
#endif
