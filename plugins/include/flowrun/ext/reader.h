/* flowrun/ext/reader.h: that nobody reads the process's standard output any more. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_READER_ID). For a component that writes to standard output itself (FLOWRUN_WRITES_STDOUT):
 * the end of a pipe's reader, as in `flowrun run … | head`, ends the run early, and is no failure of its own. Any other
 * pipe's reader is the affair of the component that writes to it, and its failures are as any others.
 */
#ifndef FLOWRUN_EXT_READER_H
#define FLOWRUN_EXT_READER_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_READER_ID "flowrun.reader/1"

typedef struct flowrun_reader {
    uint32_t size;
    uint32_t reserved;
    /* Any thread, before the failure that comes of it. From then on a failure that begins in this node and that no error
     * edge takes stops the run, is not told, and makes no exit code but 141. Ignored for a component without
     * FLOWRUN_WRITES_STDOUT. */
    void (*gone)(flowrun_node* node);
} flowrun_reader;

#ifdef __cplusplus
}
#endif
#endif
