/* flowrun/ext/outcome.h: how the run has gone so far. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_OUTCOME_ID). For a component that in its `commit` does what is right for a whole run alone, such
 * as putting what it gathered in the place of what was there.
 */
#ifndef FLOWRUN_EXT_OUTCOME_H
#define FLOWRUN_EXT_OUTCOME_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_OUTCOME_ID "flowrun.outcome/1"

enum {
    FLOWRUN_OUTCOME_CUT_SHORT = 1, /* a source was told to stop before its own end, or the drain was cut short */
    FLOWRUN_OUTCOME_FAILED = 2     /* something failed that no error route took: the run will not be ok */
};

typedef struct flowrun_outcome {
    uint32_t size;
    uint32_t reserved;
    /* Any thread: 0, or the sum of what holds by now. In `commit` all is known but what other nodes commit after
     * this one; in `end` the node's whole input is, and what nodes do that end later is not. */
    uint32_t (*so_far)(flowrun_node* node);
} flowrun_outcome;

#ifdef __cplusplus
}
#endif
#endif
