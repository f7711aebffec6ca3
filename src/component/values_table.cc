#include "component/values_table.hh"

#include <flowrun/component.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "value/builder.hh"
#include "value/json.hh"
#include "value/path.hh"
#include "value/value.hh"

namespace flowrun::component {
namespace {

using value::Node;

// NULL, for a value or any other pointer, is "nothing" (flowrun/value.h): each function says what it makes of it.

value::Reader* from_c(flowrun_reader* r) { return reinterpret_cast<value::Reader*>(r); }
value::Builder* from_c(flowrun_builder* b) { return reinterpret_cast<value::Builder*>(b); }
const value::Path* from_c(const flowrun_path* p) { return reinterpret_cast<const value::Path*>(p); }
const Node* node(const flowrun_value* v) { return component::from_c(v); }

constexpr value::JsonError nothing_given{0, "there is no text"};

// Text that a plugin gave. Not there: a size without bytes; no bytes and no size are the empty text.
bool is_there(const char* data, std::uint64_t size) { return data != nullptr || size == 0; }
std::string_view text_of(const char* data, std::uint64_t size) {
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

template <class T, class Out>
std::int32_t give(const std::optional<T>& read, Out* out) {
    if (!read) return FLOWRUN_E_INVALID;
    if (out != nullptr) *out = static_cast<Out>(*read);
    return FLOWRUN_OK;
}

std::int32_t give(std::string_view text, const char** data, std::uint64_t* size) {
    if (data != nullptr) *data = text.data();
    if (size != nullptr) *size = text.size();
    return FLOWRUN_OK;
}

std::int32_t report(const value::JsonError& from, flowrun_json_error* to) {
    if (to && to->size >= sizeof(flowrun_json_error)) {
        to->offset = from.offset;
        to->message = from.message;
    }
    return FLOWRUN_E_INVALID;
}

// --- looking ---

std::uint32_t kind(const flowrun_value* v) noexcept {
    return v == nullptr ? FLOWRUN_NOTHING : static_cast<std::uint32_t>(node(v)->kind);
}
std::int32_t as_bool(const flowrun_value* v, std::uint8_t* out) noexcept {
    return v == nullptr ? FLOWRUN_E_INVALID : give(node(v)->as_bool(), out);
}
std::int32_t as_int(const flowrun_value* v, std::int64_t* out) noexcept {
    return v == nullptr ? FLOWRUN_E_INVALID : give(node(v)->as_int(), out);
}
std::int32_t as_uint(const flowrun_value* v, std::uint64_t* out) noexcept {
    return v == nullptr ? FLOWRUN_E_INVALID : give(node(v)->as_uint(), out);
}
std::int32_t as_double(const flowrun_value* v, double* out) noexcept {
    return v == nullptr ? FLOWRUN_E_INVALID : give(node(v)->as_double(), out);
}

std::int32_t as_text(const flowrun_value* v, const char** data, std::uint64_t* size) noexcept {
    if (v == nullptr || (!node(v)->is(value::Kind::string) && !node(v)->is(value::Kind::bytes))) {
        return FLOWRUN_E_INVALID;
    }
    return give(node(v)->bytes_view(), data, size);
}

std::int32_t json_span(const flowrun_value* v, const char** data, std::uint64_t* size) noexcept {
    if (v == nullptr) return FLOWRUN_E_INVALID;
    const std::string_view text = node(v)->json_text();
    return text.empty() ? static_cast<std::int32_t>(FLOWRUN_E_UNAVAILABLE) : give(text, data, size);
}

void write_json(const flowrun_value* v, flowrun_write_fn write, void* user) noexcept {
    if (v == nullptr || write == nullptr) return;
    const std::string_view whole = node(v)->json_text();
    if (!whole.empty() && (node(v)->flags & Node::lines) == 0) return write(user, whole.data(), whole.size());
    constexpr std::size_t kept = std::size_t{1} << 20;
    thread_local std::string spare;
    std::string text = std::move(spare);  // the callee may write another value meanwhile
    text.clear();
    value::write(*node(v), text);
    write(user, text.data(), text.size());
    if (text.capacity() <= kept) spare = std::move(text);
}

bool has_parts(const flowrun_value* v) {
    return v != nullptr && (node(v)->is(value::Kind::list) || node(v)->is(value::Kind::map));
}
std::uint64_t count(const flowrun_value* v) noexcept { return has_parts(v) ? node(v)->count : 0; }
const flowrun_value* at(const flowrun_value* list, std::uint64_t index) noexcept {
    return list == nullptr ? nullptr : to_c(node(list)->at(index));
}
const flowrun_value* member(const flowrun_value* map, const char* name, std::uint64_t size) noexcept {
    return map == nullptr || !is_there(name, size) ? nullptr : to_c(node(map)->member(text_of(name, size)));
}

std::int32_t next(const flowrun_value* v, flowrun_cursor* cursor, const flowrun_value** key,
                  const flowrun_value** value) noexcept {
    if (cursor == nullptr || !has_parts(v)) return 0;
    if (!cursor->at) {
        cursor->at = node(v)->first();
        cursor->left = count(v);
    }
    if (cursor->left == 0) return 0;
    const Node* item = static_cast<const Node*>(cursor->at);
    const Node* name = nullptr;
    if (node(v)->is(value::Kind::map)) {
        name = item;
        item = item->next();
    }
    if (key) *key = to_c(name);
    if (value) *value = to_c(item);
    cursor->at = item->next();
    --cursor->left;
    return 1;
}

// --- paths ---

flowrun_path* path_new(const char* text, std::uint64_t size) noexcept {
    if (!is_there(text, size)) return nullptr;
    auto path = value::Path::parse(text_of(text, size));
    return path ? reinterpret_cast<flowrun_path*>(new value::Path(std::move(*path))) : nullptr;
}
const flowrun_value* path_get(const flowrun_path* path, const flowrun_value* v) noexcept {
    return path == nullptr || v == nullptr ? nullptr : to_c(from_c(path)->get(*node(v)));
}
void path_free(flowrun_path* path) noexcept { delete from_c(path); }

// --- keeping ---

const flowrun_value* retain(const flowrun_value* v) noexcept {
    return v == nullptr ? nullptr : to_c(value::Value::keep(*node(v)).release());
}
void release(const flowrun_value* v) noexcept {
    if (v != nullptr) (void)value::Value::adopt(node(v));
}

std::uint64_t memory(const flowrun_value* v) noexcept { return v == nullptr ? 0 : value::memory_of(*node(v)); }

// --- reading ---

flowrun_reader* reader_new() noexcept { return reinterpret_cast<flowrun_reader*>(new value::Reader); }
std::int32_t reader_read(flowrun_reader* r, const char* data, std::uint64_t size, const flowrun_value** out,
                         flowrun_json_error* error) noexcept {
    if (r == nullptr || !is_there(data, size)) return report(nothing_given, error);
    const auto read = from_c(r)->read(text_of(data, size));
    if (!read) return report(read.error(), error);
    if (out != nullptr) *out = to_c(*read);
    return FLOWRUN_OK;
}
void reader_free(flowrun_reader* r) noexcept { delete from_c(r); }

// --- building ---

flowrun_builder* builder_new() noexcept { return reinterpret_cast<flowrun_builder*>(new value::Builder); }
void build_null(flowrun_builder* b) noexcept {
    if (b != nullptr) from_c(b)->null();
}
void build_bool(flowrun_builder* b, std::uint8_t v) noexcept {
    if (b != nullptr) from_c(b)->boolean(v != 0);
}
void build_int(flowrun_builder* b, std::int64_t v) noexcept {
    if (b != nullptr) from_c(b)->integer(v);
}
void build_uint(flowrun_builder* b, std::uint64_t v) noexcept {
    if (b != nullptr) from_c(b)->unsigned_(v);
}
void build_double(flowrun_builder* b, double v) noexcept {
    if (b != nullptr) from_c(b)->real(v);
}
std::int32_t build_string(flowrun_builder* b, const char* data, std::uint64_t size) noexcept {
    if (b == nullptr || !is_there(data, size)) return FLOWRUN_E_INVALID;
    return from_c(b)->string(text_of(data, size)) ? FLOWRUN_OK : FLOWRUN_E_INVALID;
}
void build_bytes(flowrun_builder* b, const char* data, std::uint64_t size) noexcept {
    if (!is_there(data, size)) return build_null(b);
    if (b != nullptr) from_c(b)->bytes(text_of(data, size));
}
void build_list(flowrun_builder* b) noexcept {
    if (b != nullptr) from_c(b)->list();
}
void build_map(flowrun_builder* b) noexcept {
    if (b != nullptr) from_c(b)->map();
}
std::int32_t build_key(flowrun_builder* b, const char* data, std::uint64_t size) noexcept {
    if (b == nullptr || !is_there(data, size)) return FLOWRUN_E_INVALID;
    return from_c(b)->key(text_of(data, size)) ? FLOWRUN_OK : FLOWRUN_E_INVALID;
}
void build_end(flowrun_builder* b) noexcept {
    if (b != nullptr) from_c(b)->end();
}
void build_value(flowrun_builder* b, const flowrun_value* v) noexcept {
    if (v == nullptr) return build_null(b);
    if (b != nullptr) from_c(b)->value(*node(v));
}
std::int32_t build_json(flowrun_builder* b, const char* data, std::uint64_t size, flowrun_json_error* error) noexcept {
    if (b == nullptr || !is_there(data, size)) return report(nothing_given, error);
    const auto built = from_c(b)->json(text_of(data, size));
    return built ? static_cast<std::int32_t>(FLOWRUN_OK) : report(built.error(), error);
}
const flowrun_value* build_finish(flowrun_builder* b) noexcept {
    return b == nullptr ? nullptr : to_c(from_c(b)->finish());
}
void builder_free(flowrun_builder* b) noexcept { delete from_c(b); }

constexpr flowrun_values table = {
    .size = sizeof(flowrun_values),
    .reserved = 0,
    .kind = kind,
    .as_bool = as_bool,
    .as_int = as_int,
    .as_uint = as_uint,
    .as_double = as_double,
    .as_text = as_text,
    .json_span = json_span,
    .write_json = write_json,
    .count = count,
    .at = at,
    .member = member,
    .next = next,
    .path_new = path_new,
    .path_get = path_get,
    .path_free = path_free,
    .retain = retain,
    .release = release,
    .reader_new = reader_new,
    .reader_read = reader_read,
    .reader_free = reader_free,
    .builder_new = builder_new,
    .build_null = build_null,
    .build_bool = build_bool,
    .build_int = build_int,
    .build_uint = build_uint,
    .build_double = build_double,
    .build_string = build_string,
    .build_bytes = build_bytes,
    .build_list = build_list,
    .build_map = build_map,
    .build_key = build_key,
    .build_end = build_end,
    .build_value = build_value,
    .build_json = build_json,
    .build_finish = build_finish,
    .builder_free = builder_free,
    .memory = memory,
};

}  // namespace

const flowrun_values& values_table() { return table; }

}  // namespace flowrun::component
