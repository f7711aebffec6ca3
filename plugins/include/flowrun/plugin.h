/* flowrun/plugin.h: the one symbol that a plugin exports. C11 and C++17.
 *
 *   FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {
 *       sizeof(flowrun_plugin), FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR, "weather", "1.0", components, 1, 0, 0, 0};
 *
 * The runner opens the file with RTLD_NOW | RTLD_LOCAL, reads this table, and never closes it. Everything the table
 * points at must stay as it is for the life of the process.
 *
 * Versions. A plugin of another major version is refused. Within a major version tables only grow at their end, and
 * each begins with its size: a plugin of an older minor version runs; one of a newer is opened too, and must look at
 * host->size before it uses what came later.
 */
#ifndef FLOWRUN_PLUGIN_H
#define FLOWRUN_PLUGIN_H

#include <flowrun/component_table.h>
#include <flowrun/host.h>
#include <flowrun/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_ABI_MAJOR 1
#define FLOWRUN_ABI_MINOR 1

#ifdef __cplusplus
#define FLOWRUN_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define FLOWRUN_EXPORT __attribute__((visibility("default")))
#endif

typedef struct flowrun_plugin {
    uint32_t size; /* sizeof(flowrun_plugin) */
    uint16_t abi_major;
    uint16_t abi_minor;
    const char* name;
    const char* version;
    const flowrun_component* const* components; /* component_count of them */
    uint32_t component_count;
    uint32_t reserved;
    /* Optional: called once, before any `create`. Negative: the plugin is not usable. */
    int32_t (*open)(const flowrun_host* host);
    /* Optional: a table by string id, such as "flowrun.queue/1"; NULL when it has none of that id. */
    const void* (*extension)(const char* id);
} flowrun_plugin;

#ifdef __cplusplus
}
#endif
#endif
