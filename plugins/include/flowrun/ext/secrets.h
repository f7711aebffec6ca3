/* flowrun/ext/secrets.h: the secrets of the flow, unseen. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_SECRETS_ID). What a component logs and what it fails with is masked by the runner; a
 * component needs this only for a text of which it tells a part, since half a secret is not known for one any more.
 */
#ifndef FLOWRUN_EXT_SECRETS_H
#define FLOWRUN_EXT_SECRETS_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_SECRETS_ID "flowrun.secrets/1"

typedef struct flowrun_secrets {
    uint32_t size;
    uint32_t reserved;
    /* Gives the text to `write`, in one piece or several, with *** in place of each secret. Any thread. */
    void (*mask)(const char* text, uint64_t size, flowrun_write_fn write, void* user);
} flowrun_secrets;

#ifdef __cplusplus
}
#endif
#endif
