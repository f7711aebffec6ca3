/* A newer minor version, whose tables are longer than this runner's: it must work. */
#include "component.h"
struct longer {
    flowrun_component known;
    void* more[4];
};
static const struct longer fine = {.known = {.size = sizeof(struct longer),
                                             .id = "newer.pass",
                                             .summary = "Passes on",
                                             .create = fine_create,
                                             .destroy = fine_destroy,
                                             .handle = fine_handle}};
static const flowrun_component* const table[] = {&fine.known};
FLOWRUN_EXPORT const struct {
    flowrun_plugin known;
    void* more[4];
} flowrun_newer = {
    {sizeof(flowrun_plugin) + 32, FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR + 7, "newer", "1", table, 1, 0, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
extern const flowrun_plugin flowrun_plugin_entry __attribute__((alias("flowrun_newer"), visibility("default")));
