#include "abi.h"

#include <stdlib.h>

int32_t node_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    (void)settings;
    struct node* mine = malloc(sizeof *mine);
    if (!mine) return FLOWRUN_E_UNAVAILABLE;
    mine->host = host;
    mine->node = node;
    *self = mine;
    return FLOWRUN_OK;
}
void node_destroy(void* self) { free(self); }

int32_t wrong(const flowrun_host* host, flowrun_call* call, const char* what) {
    const flowrun_error error = {
        .size = sizeof error, .code = FLOWRUN_E_INTERNAL, .message = what, .message_size = strlen(what)};
    return host->fail(call, &error);
}

void put_key(const flowrun_values* v, flowrun_builder* b, const char* key) { (void)v->build_key(b, key, strlen(key)); }
void put_text(const flowrun_values* v, flowrun_builder* b, const char* key, const char* text, uint64_t size) {
    put_key(v, b, key);
    if (text) (void)v->build_string(b, text, size);
    else v->build_null(b);
}
void put_int(const flowrun_values* v, flowrun_builder* b, const char* key, int64_t n) {
    put_key(v, b, key);
    v->build_int(b, n);
}
void put_value(const flowrun_values* v, flowrun_builder* b, const char* key, const flowrun_value* value) {
    put_key(v, b, key);
    if (value) v->build_value(b, value);
    else v->build_null(b);
}

const flowrun_value* member(const flowrun_values* v, const flowrun_value* map, const char* name) {
    return v->member(map, name, strlen(name));
}
int64_t int_of(const flowrun_values* v, const flowrun_value* map, const char* name, int64_t otherwise) {
    const flowrun_value* found = member(v, map, name);
    int64_t n = otherwise;
    if (found) (void)v->as_int(found, &n);
    return n;
}

/* A shared object is not closed: what it does at the end of the process comes after the run, and may ask the time. */
static const flowrun_host* last_host;
static int64_t below_the_stack(void) {
    volatile char bytes[16384];
    for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] = -1;
    return bytes[0];
}
__attribute__((destructor)) static void at_the_end(void) {
    if (!last_host || !getenv("ABI_ASKS_AT_THE_END")) return;
    if (below_the_stack() != -1 || last_host->now() <= 0 || last_host->wall() <= 0) abort();
}

static int opened;
static int32_t open_plugin(const flowrun_host* host) {
    last_host = host;
    if (opened++ || host->size < sizeof(flowrun_host) || host->abi_major != FLOWRUN_ABI_MAJOR)
        return FLOWRUN_E_INTERNAL;
    if (host->values->size < sizeof(flowrun_values) || !host->version || !host->version[0]) return FLOWRUN_E_INTERNAL;
    return host->extension("no.such/1") ? FLOWRUN_E_INTERNAL : FLOWRUN_OK;
}

static const char answer[] = "an extension of this plugin's own";
static const void* extension(const char* id) { return strcmp(id, "abi.answer/1") == 0 ? answer : NULL; }

static const flowrun_component* const components[] = {
    &abi_emit,   &abi_forward,  &abi_async, &abi_pend,  &abi_batch, &abi_begin, &abi_source,
    &abi_values, &abi_settings, &abi_fail,  &abi_catch, &abi_raise, &abi_see,
};
FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {sizeof(flowrun_plugin),
                                                            FLOWRUN_ABI_MAJOR,
                                                            FLOWRUN_ABI_MINOR,
                                                            "abi",
                                                            "1",
                                                            components,
                                                            sizeof components / sizeof components[0],
                                                            0,
                                                            open_plugin,
                                                            extension};
