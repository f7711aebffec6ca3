/* flowrun/ext/outlet.h: what leads away from an output. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_OUTLET_ID). For a component that answers somebody outside: an emit that returned OK without
 * a reply means that all is done behind sync edges, and that it has been accepted where there are async edges alone.
 */
#ifndef FLOWRUN_EXT_OUTLET_H
#define FLOWRUN_EXT_OUTLET_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_OUTLET_ID "flowrun.outlet/1"

enum {
    FLOWRUN_OUTLET_NONE = 0, /* no edge, or no such port: what is sent is dropped */
    FLOWRUN_OUTLET_SYNC = 1, /* one sync edge at least */
    FLOWRUN_OUTLET_ASYNC = 2 /* async edges alone */
};

typedef struct flowrun_outlet {
    uint32_t size;
    uint32_t reserved;
    /* Any thread, from `create` on. */
    uint32_t (*kind)(flowrun_node* node, uint32_t port);
} flowrun_outlet;

#ifdef __cplusplus
}
#endif
#endif
