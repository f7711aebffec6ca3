/* flowrun/ext/written.h: the settings of a node as their author wrote them. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_WRITTEN_ID). What depends on the message is absent from the settings that `create` gets;
 * here it stands too, its expressions not evaluated, so that a component can refuse a part of it that is the same for
 * all messages.
 */
#ifndef FLOWRUN_EXT_WRITTEN_H
#define FLOWRUN_EXT_WRITTEN_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_WRITTEN_ID "flowrun.written/1"

typedef struct flowrun_written {
    uint32_t size;
    uint32_t reserved;
    /* In `create`. Builds in `out` the map that `ports_for` gets: every setting given or defaulted, and those over the
     * message as text. */
    void (*settings)(flowrun_node* node, flowrun_builder* out);
} flowrun_written;

#ifdef __cplusplus
}
#endif
#endif
