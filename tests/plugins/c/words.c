/* words.so: a plugin in plain C, built outside the tree against the installed SDK. */
#include <flowrun/plugin.h>

#include <stdlib.h>
#include <string.h>

struct words {
    const flowrun_host* host;
    flowrun_builder* builder;
    int64_t least; /* letters */
    uint64_t seen;
};

static int32_t words_create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings, void** self) {
    struct words* mine = calloc(1, sizeof *mine);
    (void)node;
    if (!mine) return FLOWRUN_E_UNAVAILABLE;
    mine->host = host;
    mine->builder = host->values->builder_new();
    const flowrun_value* least = host->values->member(settings, "least", 5);
    if (least) (void)host->values->as_int(least, &mine->least);
    *self = mine;
    return FLOWRUN_OK;
}

static void words_destroy(void* self) {
    struct words* mine = self;
    mine->host->values->builder_free(mine->builder);
    free(mine);
}

/* One message for each word of at least so many letters. */
static int32_t words_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    struct words* mine = self;
    const flowrun_values* v = mine->host->values;
    const char* text = NULL;
    uint64_t size = 0;
    (void)port;
    if (v->as_text(message, &text, &size) != FLOWRUN_OK) {
        static const char what[] = "the message is not a string";
        const flowrun_error error = {sizeof error, FLOWRUN_E_INVALID, what, sizeof what - 1, 0, 0, 0, NULL, 0, NULL};
        return mine->host->fail(call, &error);
    }
    for (const char *at = text, *end = text + size; at < end;) {
        const char* space = memchr(at, ' ', (size_t)(end - at));
        const char* stop = space ? space : end;
        if (stop - at >= mine->least && stop > at) {
            (void)v->build_string(mine->builder, at, (uint64_t)(stop - at));
            const int32_t status = mine->host->emit(call, 0, v->build_finish(mine->builder));
            if (status < 0) return status;
            ++mine->seen;
        }
        at = stop + 1;
    }
    return FLOWRUN_OK;
}

static int32_t words_end(void* self, flowrun_call* call) {
    struct words* mine = self;
    mine->host->values->build_uint(mine->builder, mine->seen);
    return mine->host->emit(call, 1, mine->host->values->build_finish(mine->builder));
}

static const flowrun_component split = {
    .size = sizeof(flowrun_component),
    .flags = FLOWRUN_COOPERATIVE,
    .id = "words.split",
    .summary = "Splits text into words",
    .settings =
        "{\"type\": \"object\", \"properties\": {\"least\": {\"type\": \"integer\", \"minimum\": 1, \"default\": 1,"
        " \"description\": \"Leave out words of fewer letters\"}}}",
    .ports = "{\"in\": {\"in\": \"Text\"}, \"out\": {\"out\": \"Words\", \"count\": \"At the end: how many\"}}",
    .create = words_create,
    .destroy = words_destroy,
    .handle = words_handle,
    .end = words_end,
};
static const flowrun_component* const components[] = {&split};

FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry = {
    sizeof(flowrun_plugin), FLOWRUN_ABI_MAJOR, FLOWRUN_ABI_MINOR, "words", "1.0", components, 1, 0, NULL, NULL};
