/* Every function of flowrun_values. */
#include "abi.h"

#include <math.h>
#include <stdlib.h>

/* abi.values: fails with the first line that does not hold; else replies with the number of those that did. */
struct check {
    const flowrun_values* v;
    const char* wrong;
    int64_t right;
};
static int hold(struct check* c, int holds, const char* what) {
    if (holds) ++c->right;
    else if (!c->wrong) c->wrong = what;
    return holds;
}
#define HOLD(condition) hold(c, (condition), #condition)

static const flowrun_value* read_text(struct check* c, flowrun_reader* r, const char* text) {
    const flowrun_value* out = NULL;
    HOLD(c->v->reader_read(r, text, strlen(text), &out, NULL) == FLOWRUN_OK);
    return out;
}
static int same_text(struct check* c, const flowrun_value* value, const char* data, uint64_t size) {
    const char* text = NULL;
    uint64_t length = 0;
    return c->v->as_text(value, &text, &length) == FLOWRUN_OK && length == size && memcmp(text, data, size) == 0;
}
static int64_t as_int(struct check* c, const flowrun_value* value) {
    int64_t n = INT64_MIN;
    if (value) (void)c->v->as_int(value, &n);
    return n;
}

static void scalars(struct check* c, flowrun_reader* r) {
    const flowrun_values* v = c->v;
    uint8_t yes = 7;
    int64_t i = 7;
    uint64_t u = 7;
    double d = 7;
    const flowrun_value* x = read_text(c, r, "null");
    HOLD(v->kind(x) == FLOWRUN_NULL);
    HOLD(v->as_bool(x, &yes) == FLOWRUN_E_INVALID && yes == 7);
    x = read_text(c, r, "true");
    HOLD(v->kind(x) == FLOWRUN_BOOL && v->as_bool(x, &yes) == FLOWRUN_OK && yes == 1);
    x = read_text(c, r, "-9223372036854775808");
    HOLD(v->kind(x) == FLOWRUN_INT && v->as_int(x, &i) == FLOWRUN_OK && i == INT64_MIN);
    HOLD(v->as_uint(x, &u) == FLOWRUN_E_INVALID && u == 7);
    HOLD(v->as_double(x, &d) == FLOWRUN_OK && d < -9.2e18);
    x = read_text(c, r, "18446744073709551615");
    HOLD(v->kind(x) == FLOWRUN_UINT && v->as_uint(x, &u) == FLOWRUN_OK && u == UINT64_MAX);
    i = 7;
    HOLD(v->as_int(x, &i) == FLOWRUN_E_INVALID && i == 7);
    x = read_text(c, r, "2.5e0");
    HOLD(v->kind(x) == FLOWRUN_DOUBLE && v->as_double(x, &d) == FLOWRUN_OK && fabs(d - 2.5) < 1e-9);
    HOLD(v->as_int(x, &i) == FLOWRUN_E_INVALID);
    x = read_text(c, r, "1e400");
    HOLD(v->kind(x) == FLOWRUN_NUMBER && v->as_double(x, &d) == FLOWRUN_E_INVALID);
    const char* span = NULL;
    uint64_t size = 0;
    HOLD(v->json_span(x, &span, &size) == FLOWRUN_OK && size == 5 && memcmp(span, "1e400", 5) == 0);
    x = read_text(c, r, "\"a\\u0000\\n\"");
    HOLD(v->kind(x) == FLOWRUN_STRING && same_text(c, x, "a\0\n", 3));
    HOLD(v->count(x) == 0);
}

static void containers(struct check* c, flowrun_reader* r) {
    const flowrun_values* v = c->v;
    const flowrun_value* x = read_text(c, r, "{\"a\": [10, 20, 30], \"b\": {\"odd name\": 1}, \"a\": 2}");
    HOLD(v->kind(x) == FLOWRUN_MAP && v->count(x) == 3);
    const flowrun_value* a = member(v, x, "a");
    HOLD(a && v->kind(a) == FLOWRUN_LIST && v->count(a) == 3); /* of duplicates the first */
    HOLD(!member(v, x, "c") && !member(v, a, "c") && !v->at(x, 0) && !v->at(a, 3));
    HOLD(as_int(c, v->at(a, 2)) == 30);

    flowrun_cursor cursor = {NULL, 0};
    const flowrun_value *key = NULL, *value = NULL;
    int64_t sum = 0;
    int keys = 0;
    while (v->next(a, &cursor, &key, &value)) {
        sum += as_int(c, value);
        keys += key != NULL;
    }
    HOLD(sum == 60 && keys == 0);
    HOLD(v->next(a, &cursor, NULL, NULL) == 0);
    cursor = (flowrun_cursor){NULL, 0};
    while (v->next(x, &cursor, &key, NULL)) keys += same_text(c, key, "a", 1) + 10 * same_text(c, key, "b", 1);
    HOLD(keys == 12);
    cursor = (flowrun_cursor){NULL, 0};
    HOLD(v->next(v->at(a, 0), &cursor, &key, &value) == 0);

    flowrun_path* path = v->path_new("b[\"odd name\"]", 13);
    HOLD(path && as_int(c, v->path_get(path, x)) == 1);
    HOLD(path && !v->path_get(path, a));
    v->path_free(path);
    path = v->path_new("a[1]", 4);
    HOLD(path && as_int(c, v->path_get(path, x)) == 20);
    v->path_free(path);
    HOLD(!v->path_new("a[", 2));
}

struct text {
    char data[512];
    uint64_t size;
};
static void append(void* user, const char* data, uint64_t size) {
    struct text* text = user;
    if (size > sizeof text->data - text->size) size = sizeof text->data - text->size;
    memcpy(text->data + text->size, data, size);
    text->size += size;
}
static int written(struct check* c, const flowrun_value* value, const char* json) {
    struct text text = {.size = 0};
    c->v->write_json(value, append, &text);
    return text.size == strlen(json) && memcmp(text.data, json, text.size) == 0;
}

static void keeping(struct check* c, flowrun_reader* r) {
    const flowrun_values* v = c->v;
    char block[] = "{\"keep\": [1, \"two\"], \"x\": 1.50}";
    const flowrun_value* x = NULL;
    HOLD(v->reader_read(r, block, strlen(block), &x, NULL) == FLOWRUN_OK);
    const flowrun_value* whole = v->retain(x);
    const flowrun_value* part = v->retain(member(v, x, "keep"));
    const flowrun_value* again = v->retain(whole);
    memset(block, '#', sizeof block - 1);
    (void)read_text(c, r, "0");
    HOLD(written(c, whole, "{\"keep\": [1, \"two\"], \"x\": 1.50}"));
    HOLD(same_text(c, v->at(part, 1), "two", 3));
    v->release(whole);
    v->release(part);
    HOLD(as_int(c, v->at(member(v, again, "keep"), 0)) == 1);
    v->release(again);
}

static void building(struct check* c, flowrun_reader* r) {
    const flowrun_values* v = c->v;
    flowrun_builder* b = v->builder_new();
    flowrun_json_error error = {.size = sizeof error};
    v->build_map(b);
    put_key(v, b, "n");
    v->build_null(b);
    put_key(v, b, "b");
    v->build_bool(b, 1);
    put_int(v, b, "i", INT64_MIN);
    put_key(v, b, "u");
    v->build_uint(b, UINT64_MAX);
    put_key(v, b, "d");
    v->build_double(b, 0.1);
    put_key(v, b, "inf");
    v->build_double(b, INFINITY);
    put_text(v, b, "s", "\xC3\xA9\n", 3);
    put_key(v, b, "y");
    v->build_bytes(b, "\0\xFF", 2);
    put_value(v, b, "v", read_text(c, r, "[1,  2]"));
    put_key(v, b, "j");
    HOLD(v->build_json(b, "{\"k\":1e400}", 11, NULL) == FLOWRUN_OK);
    put_key(v, b, "l");
    v->build_list(b);
    HOLD(v->build_string(b, "\xFF", 1) == FLOWRUN_E_INVALID);
    HOLD(v->build_json(b, "[1,", 3, &error) == FLOWRUN_E_INVALID && error.message && error.offset == 3);
    v->build_end(b);
    v->build_end(b);
    const flowrun_value* x = v->build_finish(b);
    if (HOLD(x != NULL)) {
        HOLD(written(c, x,
                     "{\"n\":null,\"b\":true,\"i\":-9223372036854775808,\"u\":18446744073709551615,\"d\":0.1,"
                     "\"inf\":null,\"s\":\"\xC3\xA9\\n\",\"y\":\"AP8=\",\"v\":[1,  2],\"j\":{\"k\":1e400},\"l\":[]}"));
        HOLD(v->kind(member(v, x, "y")) == FLOWRUN_BYTES && same_text(c, member(v, x, "y"), "\0\xFF", 2));
        const flowrun_value* kept = v->retain(x);
        v->build_int(b, 1); /* begins anew */
        HOLD(as_int(c, v->build_finish(b)) == 1);
        HOLD(as_int(c, member(v, kept, "i")) == INT64_MIN);
        v->release(kept);
    }
    v->build_list(b);
    HOLD(!v->build_finish(b)); /* not whole */
    v->build_null(b);
    v->build_null(b);
    HOLD(!v->build_finish(b)); /* two */
    HOLD(!v->build_finish(b)); /* none */
    v->builder_free(b);
}

static void mistakes(struct check* c, flowrun_reader* r) {
    const char* const bad[] = {"",         " ",           "{",   "[1,]",      "01",  "tru",
                               "\"\xFF\"", "\"\\ud800\"", "1 2", "{\"a\" 1}", "'a'", "NaN"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        flowrun_json_error error = {.size = sizeof error};
        const flowrun_value* out = (const flowrun_value*)bad;
        HOLD(c->v->reader_read(r, bad[i], strlen(bad[i]), &out, &error) == FLOWRUN_E_INVALID);
        HOLD(out == (const flowrun_value*)bad && error.message && error.offset <= strlen(bad[i]));
    }
}

static int32_t values_handle(void* self, flowrun_call* call, uint32_t port, const flowrun_value* message) {
    const flowrun_host* host = ((struct node*)self)->host;
    struct check check = {.v = host->values};
    flowrun_reader* r = check.v->reader_new();
    (void)port;
    (void)message;
    scalars(&check, r);
    containers(&check, r);
    keeping(&check, r);
    building(&check, r);
    mistakes(&check, r);
    check.v->reader_free(r);
    if (check.wrong) return wrong(host, call, check.wrong);
    flowrun_builder* b = check.v->builder_new();
    check.v->build_int(b, check.right);
    host->reply(call, check.v->build_finish(b));
    check.v->builder_free(b);
    return FLOWRUN_OK;
}
const flowrun_component abi_values = {.size = sizeof(flowrun_component),
                                      .flags = FLOWRUN_REENTRANT,
                                      .id = "abi.values",
                                      .summary = "Tries every value",
                                      .create = node_create,
                                      .destroy = node_destroy,
                                      .handle = values_handle};
