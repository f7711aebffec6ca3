/* flowrun/ext/zone.h: local time, in the zones of the system's tz database. C11 and C++17.
 *
 * Ask host->extension(FLOWRUN_ZONE_ID). A zone is a name such as "Europe/Paris", "UTC", an offset such as "+01:00", or
 * "local", the machine's own (the environment variable TZ, else /etc/localtime, else UTC). Instants are seconds since
 * 1970, UTC. Any thread.
 */
#ifndef FLOWRUN_EXT_ZONE_H
#define FLOWRUN_EXT_ZONE_H

#include <flowrun/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLOWRUN_ZONE_ID "flowrun.zone/1"

typedef struct flowrun_zone {
    uint32_t size;
    uint32_t reserved;
    /* Seconds east of UTC at an instant. INVALID: there is no such zone. */
    int32_t (*offset)(const char* zone, uint64_t zone_size, int64_t instant, int32_t* out);
    /* The first instant after `instant` at which another offset begins; INT64_MAX: none does. As offset. */
    int32_t (*next_change)(const char* zone, uint64_t zone_size, int64_t instant, int64_t* out);
    /* Why there is no such zone, for people, given to `write`; nothing when there is. */
    void (*problem)(const char* zone, uint64_t zone_size, flowrun_write_fn write, void* user);
} flowrun_zone;

#ifdef __cplusplus
}
#endif
#endif
