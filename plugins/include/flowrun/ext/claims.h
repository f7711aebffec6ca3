/* flowrun/ext/claims.h: what a node will read and write, said before anything runs. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_CLAIMS_ID) in a component's `check`. Of the claims of one flow's nodes the runner refuses those that
 * cannot hold together: what one reads while another adds to it, which would never come to its end, and what two write
 * where one of them must be alone.
 */
#ifndef FLOWRUN_EXT_CLAIMS_H
#define FLOWRUN_EXT_CLAIMS_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_CLAIMS_ID "flowrun.claims/1"

/* uses, to be added up */
enum {
    FLOWRUN_CLAIM_READS = 1,
    FLOWRUN_CLAIM_WRITES = 2,
    FLOWRUN_CLAIM_ADDS = 4, /* it writes while the run goes on, where readers find it */
    FLOWRUN_CLAIM_ALONE = 8 /* nobody else may write it */
};

typedef struct flowrun_claims {
    uint32_t size;
    uint32_t reserved;
    /* In `check` alone; elsewhere it is ignored. `setting`: which one names the thing. `thing`: the one text for it in this
     * process, however it is spelt, with its kind before it: "file:/var/log/x". `shown`: as people know it. NUL-terminated
     * texts, copied. A claim is certain: what may turn out otherwise is none. */
    void (*claim)(const char* setting, const char* thing, const char* shown, uint32_t uses);
} flowrun_claims;

#ifdef __cplusplus
}
#endif
#endif
