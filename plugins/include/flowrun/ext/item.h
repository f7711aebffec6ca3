/* flowrun/ext/item.h: settings that are evaluated for one element of a list within a message. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_ITEM_ID). The expressions of a setting whose schema says "x-item" know `item` beside `msg`.
 */
#ifndef FLOWRUN_EXT_ITEM_H
#define FLOWRUN_EXT_ITEM_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_ITEM_ID "flowrun.item/1"

typedef struct flowrun_item {
    uint32_t size;
    uint32_t reserved;
    /* As host->setting, with `item` bound. Borrowed until the next call of this function with the same call, or the end of
     * the call. NULL: not set, or it failed (then host->setting_status, and host->error_of has the error). */
    const flowrun_value* (*setting)(flowrun_call* call, uint32_t index, const flowrun_value* item);
} flowrun_item;

#ifdef __cplusplus
}
#endif
#endif
