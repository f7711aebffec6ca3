/* The plugin `abi`: uses everything that is in the tables, for tests of any host. One file a subject; each component
 * answers with a reply that says what it saw, or fails as `internal` with what was wrong. */
#ifndef ABI_H
#define ABI_H

#include <flowrun/plugin.h>

#include <stddef.h>
#include <string.h>

extern const flowrun_component abi_emit, abi_forward, abi_async, abi_pend, abi_batch, abi_begin, abi_source, abi_values,
    abi_settings, abi_fail, abi_catch, abi_raise, abi_see;

struct node { /* what most components have as `self` */
    const flowrun_host* host;
    flowrun_node* node;
};
int32_t node_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self);
void node_destroy(void* self);

/* Fails the call as `internal` with this text. */
int32_t wrong(const flowrun_host* host, flowrun_call* call, const char* what);

/* Shorter names for the builder. */
void put_key(const flowrun_values* v, flowrun_builder* b, const char* key);
void put_text(const flowrun_values* v, flowrun_builder* b, const char* key, const char* text, uint64_t size);
void put_int(const flowrun_values* v, flowrun_builder* b, const char* key, int64_t n);
void put_value(const flowrun_values* v, flowrun_builder* b, const char* key, const flowrun_value* value);

const flowrun_value* member(const flowrun_values* v, const flowrun_value* map, const char* name);
int64_t int_of(const flowrun_values* v, const flowrun_value* map, const char* name, int64_t otherwise);

#endif
