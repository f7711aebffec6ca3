/* The schema's words, ports_for, refuse, setting and setting_status. */
#include "abi.h"

#include <stdlib.h>

/* abi.settings: makes an output port for each name in `names`; replies with what `create` got and what the settings are
 * for this message; refuses the node when `refuse` is given. */
enum { names, refuse_why, every, room, text, when };
static const char schema[] =
    "{\"type\": \"object\", \"properties\": {"
    "\"names\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"default\": [\"out\"], \"maxItems\": 9},"
    "\"refuse\": {\"type\": \"string\", \"minLength\": 1},"
    "\"every\": {\"x-duration\": true, \"default\": \"250ms\"},"
    "\"room\": {\"x-size\": true, \"default\": \"16MiB\"},"
    "\"text\": {\"type\": [\"string\", \"number\"], \"x-message\": true, \"default\": \"plain\"},"
    "\"when\": {\"type\": \"boolean\", \"x-expression\": true},"
    "\"mode\": {\"enum\": [\"a\", \"b\"], \"default\": \"a\", \"description\": \"One of two\"},"
    "\"share\": {\"type\": \"number\", \"minimum\": 0, \"exclusiveMaximum\": 1, \"default\": 0.5},"
    "\"secret\": {\"type\": \"string\", \"x-secret\": true},"
    "\"headers\": {\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}"
    "}, \"additionalProperties\": false}";

struct settled {
    struct node node;
    const flowrun_value* settings; /* retained */
};
static int32_t ports_for(const flowrun_host* host, const flowrun_value* settings, flowrun_builder* out) {
    const flowrun_values* v = host->values;
    const flowrun_value *list = member(v, settings, "names"), *name = NULL;
    flowrun_cursor cursor = {NULL, 0};
    if (!list) return FLOWRUN_E_INVALID;
    v->build_map(out);
    put_key(v, out, "in");
    v->build_map(out);
    put_text(v, out, "in", "Messages", 8);
    v->build_end(out);
    put_key(v, out, "out");
    v->build_map(out);
    while (v->next(list, &cursor, NULL, &name)) {
        const char* data = NULL;
        uint64_t size = 0;
        if (v->as_text(name, &data, &size) != FLOWRUN_OK || v->build_key(out, data, size) != FLOWRUN_OK) {
            return FLOWRUN_E_INVALID;
        }
        (void)v->build_string(out, "As named", 8);
    }
    v->build_end(out);
    v->build_end(out);
    return FLOWRUN_OK;
}
static int32_t settings_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* given, void** self) {
    const flowrun_value* why = member(host->values, given, "refuse");
    if (why) {
        const char* data = "";
        uint64_t size = 0;
        (void)host->values->as_text(why, &data, &size);
        host->refuse(node, data, size);
        return FLOWRUN_E_INVALID;
    }
    struct settled* mine = malloc(sizeof *mine);
    if (!mine) return FLOWRUN_E_UNAVAILABLE;
    mine->node.host = host;
    mine->node.node = node;
    mine->settings = host->values->retain(given); /* borrowed until this returns */
    *self = mine;
    return FLOWRUN_OK;
}
static void settings_destroy(void* self) {
    struct settled* mine = self;
    mine->node.host->values->release(mine->settings);
    free(mine);
}
static int32_t settings_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const struct settled* mine = self;
    const flowrun_host* host = mine->node.host;
    const flowrun_values* v = host->values;
    (void)port;
    (void)message;
    const flowrun_value* yes = host->setting(call, when);
    if (!yes && host->setting_status(call) < 0) return host->setting_status(call);
    const flowrun_value* now = host->setting(call, text);
    if (!now && host->setting_status(call) < 0) return host->setting_status(call);
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_value(v, b, "created", mine->settings);
    put_value(v, b, "text", now);
    put_value(v, b, "when", yes);
    put_value(v, b, "every", host->setting(call, every));
    put_value(v, b, "room", host->setting(call, room));
    put_value(v, b, "refuse", host->setting(call, refuse_why));
    put_value(v, b, "names", host->setting(call, names));
    v->build_end(b);
    host->reply(call, v->build_finish(b));
    v->builder_free(b);
    return FLOWRUN_OK;
}
const flowrun_component abi_settings = {.size = sizeof(flowrun_component),
                                        .flags = FLOWRUN_REENTRANT,
                                        .id = "abi.settings",
                                        .summary = "Tells its settings",
                                        .doc = "For tests.",
                                        .settings = schema,
                                        .ports = "{\"in\": {\"in\": \"Messages\"}}",
                                        .ports_for = ports_for,
                                        .create = settings_create,
                                        .destroy = settings_destroy,
                                        .handle = settings_handle};
