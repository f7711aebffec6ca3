/* flowrun/value.h: values, as a plugin sees them. C11 and C++17, no other header of ours needed.
 *
 * A value is immutable JSON-like data: null, bool, number, string, bytes, list, map. A plugin never looks into one:
 * it holds a `const flowrun_value *` and asks the table below.
 *
 * Lifetime. A value handed to a plugin (a message, a setting, a reply, a part of any of them) is *borrowed*: it lives
 * until the call in which it was handed out ends. To keep it longer call `retain` and use THE POINTER THAT IT RETURNS
 * (it may differ: a part, or a value that still lies in a reader's block, is copied out); give that back with
 * `release`. A retained value may be used and released on any thread.
 *
 * Strings are UTF-8 and not terminated: a pointer and a size, in bytes. Sizes and counts are uint64_t.
 * Functions that can fail return FLOWRUN_OK (0) or a negative FLOWRUN_E_… (see component_table.h) and then leave `out` alone.
 *
 * NULL is *nothing*, wherever a value, a reader, a builder, a path, a text with a size, or an out pointer stands: no
 * function here is harmed by it. Nothing has the kind FLOWRUN_NOTHING, is no scalar (FLOWRUN_E_INVALID), has no parts (0
 * or NULL), is written as no text, kept as NULL and built as null; what is given for no out pointer is dropped. So a
 * lookup can be handed straight on: `v->as_int(v->member(message, "n", 1), &n)`. A NULL text of size 0 is the empty one.
 *
 * Numbers are kept as they were written. A number beyond 64 bits or beyond double has the kind FLOWRUN_NUMBER; it
 * passes through unchanged, and only reading it as int, uint or double fails. Of duplicate keys in a map the first
 * wins.
 */
#ifndef FLOWRUN_VALUE_H
#define FLOWRUN_VALUE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct flowrun_value flowrun_value;     /* immutable; opaque */
typedef struct flowrun_builder flowrun_builder; /* makes one value; owned by who made it; one thread at a time */
typedef struct flowrun_reader flowrun_reader;   /* reads JSON texts one after another; one thread at a time */
typedef struct flowrun_path flowrun_path;       /* a prepared path into a value; immutable; any thread */

enum {
    FLOWRUN_NULL = 0,
    FLOWRUN_BOOL = 1,
    FLOWRUN_INT = 2,    /* fits int64_t */
    FLOWRUN_UINT = 3,   /* fits uint64_t, not int64_t */
    FLOWRUN_DOUBLE = 4, /* written with a fraction or an exponent, within the range of double */
    FLOWRUN_NUMBER = 5, /* a number that fits none of those; its text is in `json_span` */
    FLOWRUN_STRING = 6,
    FLOWRUN_BYTES = 7, /* any bytes; written to JSON as a base64 string */
    FLOWRUN_LIST = 8,
    FLOWRUN_MAP = 9
};

#define FLOWRUN_NOTHING 0xffffffffU /* the kind of NULL */

/* Where an iteration stands. Zero it before the first `next`; a plugin reads and writes no field. */
typedef struct flowrun_cursor {
    const void* at;
    uint64_t left;
} flowrun_cursor;

/* What was wrong with a JSON text: `offset` in bytes from its start; `message` is static text. */
typedef struct flowrun_json_error {
    uint32_t size; /* set by the caller: sizeof(flowrun_json_error) */
    uint32_t reserved;
    uint64_t offset;
    const char* message;
} flowrun_json_error;

typedef void (*flowrun_write_fn)(void* user, const char* data, uint64_t size);

/* Every function may be called on any thread; builder and reader by one thread at a time. */
typedef struct flowrun_values {
    uint32_t size; /* bytes of this table: a function beyond it is not there */
    uint32_t reserved;

    uint32_t (*kind)(const flowrun_value* v);

    /* Exact reads. as_int takes INT; as_uint takes INT >= 0 and UINT; as_double takes INT, UINT and DOUBLE (an
     * integer beyond 2^53 is rounded). Another kind: FLOWRUN_E_INVALID. */
    int32_t (*as_bool)(const flowrun_value* v, uint8_t* out);
    int32_t (*as_int)(const flowrun_value* v, int64_t* out);
    int32_t (*as_uint)(const flowrun_value* v, uint64_t* out);
    int32_t (*as_double)(const flowrun_value* v, double* out);
    /* STRING (unescaped) and BYTES. Borrowed from v. */
    int32_t (*as_text)(const flowrun_value* v, const char** data, uint64_t* size);

    /* The JSON text of v as it was read, borrowed: there for most numbers, lists and maps that came from a text, and it
     * may hold line breaks; else FLOWRUN_E_UNAVAILABLE, and `write_json` makes one. */
    int32_t (*json_span)(const flowrun_value* v, const char** data, uint64_t* size);
    /* JSON of v on one line, given to `write` in one or more pieces. What came from a text is written as it stood, but
     * for line breaks between its tokens. */
    void (*write_json)(const flowrun_value* v, flowrun_write_fn write, void* user);

    uint64_t (*count)(const flowrun_value* v); /* elements of LIST, entries of MAP; else 0 */
    const flowrun_value* (*at)(const flowrun_value* list, uint64_t index);                     /* NULL: not there */
    const flowrun_value* (*member)(const flowrun_value* map, const char* name, uint64_t size); /* NULL: not there */
    /* 1 and the next entry, or 0 at the end. `key` is NULL for a list; either out pointer may be NULL.
     * Duplicate keys are all visited. */
    int32_t (*next)(const flowrun_value* v, flowrun_cursor* cursor, const flowrun_value** key,
                    const flowrun_value** value);

    /* A path is names and indexes: `customer.address[0].city`, `["odd name"].x`. Prepare at create, free at destroy.
     * NULL: not a path. */
    flowrun_path* (*path_new)(const char* text, uint64_t size);
    const flowrun_value* (*path_get)(const flowrun_path* path, const flowrun_value* v); /* NULL: not there */
    void (*path_free)(flowrun_path* path);

    const flowrun_value* (*retain)(const flowrun_value* v);
    void (*release)(const flowrun_value* v);

    /* Reads one JSON text, wholly validated. The value borrows `data` and the reader: it lives until the next `read`
     * of this reader, or its end, and while `data` stands unchanged. No allocation once warm. `error` may be NULL. */
    flowrun_reader* (*reader_new)(void);
    int32_t (*reader_read)(flowrun_reader* r, const char* data, uint64_t size, const flowrun_value** out,
                           flowrun_json_error* error);
    void (*reader_free)(flowrun_reader* r);

    /* Makes a value from parts. Inside a map give `key` before each entry. `finish` returns the value, borrowed from
     * the builder until the next call on it (the next call begins a new value), or NULL when the calls did not make
     * exactly one whole value. Text given is copied. */
    flowrun_builder* (*builder_new)(void);
    void (*build_null)(flowrun_builder* b);
    void (*build_bool)(flowrun_builder* b, uint8_t v);
    void (*build_int)(flowrun_builder* b, int64_t v);
    void (*build_uint)(flowrun_builder* b, uint64_t v);
    void (*build_double)(flowrun_builder* b, double v); /* not finite: becomes null, as JSON has no such number */
    int32_t (*build_string)(flowrun_builder* b, const char* data, uint64_t size); /* not UTF-8: FLOWRUN_E_INVALID */
    void (*build_bytes)(flowrun_builder* b, const char* data, uint64_t size);     /* NULL with a size: null */
    void (*build_list)(flowrun_builder* b);
    void (*build_map)(flowrun_builder* b);
    int32_t (*build_key)(flowrun_builder* b, const char* data, uint64_t size);
    void (*build_end)(flowrun_builder* b);                           /* ends the innermost list or map */
    void (*build_value)(flowrun_builder* b, const flowrun_value* v); /* a copy of v; of NULL: null */
    int32_t (*build_json)(flowrun_builder* b, const char* data, uint64_t size, flowrun_json_error* error);
    const flowrun_value* (*build_finish)(flowrun_builder* b);
    void (*builder_free)(flowrun_builder* b);

    /* Bytes that v, retained, keeps in memory. Quick for what `retain` has returned; else the value is looked through. */
    uint64_t (*memory)(const flowrun_value* v);
} flowrun_values;

#ifdef __cplusplus
}
#endif
#endif
