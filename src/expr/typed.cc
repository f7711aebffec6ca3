#include "expr/typed.hh"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "expr/base64.hh"
#include "expr/collection.hh"
#include "expr/text_form.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

using value::Node;

void write_tagged(std::string_view tag, std::string_view text, std::string& out) {
    out += fmt::format("{{\"{}\":", tag);
    value::write_string(text, out);
    out += '}';
}

void write_list(const Value& v, std::string& out) {
    out += "{\"list\":[";
    Elements elements(v);
    bool first = true;
    for (Value element; elements.next(element); first = false) {
        if (!first) out += ',';
        write_typed(element, out);
    }
    out += "]}";
}

void write_entry(const Value& key, const Value& held, bool first, std::string& out) {
    out += first ? "[" : ",[";
    write_typed(key, out);
    out += ',';
    write_typed(held, out);
    out += ']';
}

void write_map(const Value& v, std::string& out) {
    out += "{\"map\":[";
    bool first = true;
    if (v.lazy()) {
        for (const auto [key, held] : value::entries(*v.node)) {
            if (find_member(*v.node, key.bytes_view()) != &held) continue;  // the first of a name counts
            write_entry(Value::from(key), Value::from(held), first, out);
            first = false;
        }
    } else {
        for (std::uint32_t i = 0; i < v.size; ++i)
            write_entry(v.map->entries[2 * i], v.map->entries[2 * i + 1], i == 0, out);
    }
    out += "]}";
}

void write_seconds(std::string_view tag, std::int64_t seconds, std::int64_t nanoseconds, std::string& out) {
    out += fmt::format(R"({{"{}":{{"seconds":"{}","nanos":{}}}}})", tag, seconds, nanoseconds);
}

// The typed form writes every double so that it reads as one.
std::string double_text(double d) {
    std::string out = format_double(d);
    if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
    return out;
}

using Read = std::expected<Value, std::string>;

std::unexpected<std::string> wrong(std::string_view tag) {
    return std::unexpected(fmt::format("this is no typed {}", tag));
}

// Text of a number, or the number itself.
std::string number_text(const Node& node) {
    if (const auto text = node.as_string()) return std::string(*text);
    return node.is_number() ? value::to_json(node) : std::string();
}

template <class T>
bool parse_number(const Node& node, T& out) {
    const std::string text = number_text(node);
    const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
    return !text.empty() && result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

Read read_double(const Node& node) {
    double d = 0;
    return parse_number(node, d) ? Read(Value::real(d)) : wrong("double");
}

Read read_list(const Node& node, Arena& arena) {
    if (!node.is(value::Kind::list)) return wrong("list");
    auto* items = arena.array<Value>(node.count);
    std::uint32_t i = 0;
    for (const Node& element : value::elements(node)) {
        const auto v = read_typed(element, arena);
        if (!v) return v;
        items[i++] = *v;
    }
    return Value::list(items, node.count);
}

Read read_map(const Node& node, Arena& arena) {
    if (!node.is(value::Kind::list)) return wrong("map");
    const Frame frame;
    Context context{frame, arena};
    context.steps = frame.limits.steps;
    context.memory_end = arena.used() + frame.limits.memory;
    MapMaker maker(context, node.count);
    if (!maker) return wrong("map");
    for (const Node& entry : value::elements(node)) {
        if (!entry.is(value::Kind::list) || entry.count != 2) return wrong("map");
        const auto key = read_typed(*entry.at(0), arena);
        if (!key || !is_key(*key)) return key ? wrong("map") : key;
        const auto held = read_typed(*entry.at(1), arena);
        if (!held) return held;
        if (!maker.add(*key, *held)) return std::unexpected("a key comes twice in a typed map");
    }
    return maker.finish();
}

Read read_seconds(const Node& node, bool timestamp) {
    std::int64_t seconds = 0, nanoseconds = 0;
    const Node* s = node.member("seconds");
    const Node* n = node.member("nanos");
    if ((s != nullptr && !parse_number(*s, seconds)) || (n != nullptr && !parse_number(*n, nanoseconds)))
        return wrong("time");
    if (timestamp)
        return nanoseconds < 0 || nanoseconds > 999'999'999
                   ? wrong("timestamp")
                   : Read(Value::timestamp(seconds, static_cast<std::uint32_t>(nanoseconds)));
    std::int64_t total = 0;
    if (__builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &total) ||
        __builtin_add_overflow(total, nanoseconds, &total)) {
        return wrong("duration");
    }
    return Value::duration(total);
}

Read read_type(const Node& node) {
    const auto name = node.as_string();
    for (int k = static_cast<int>(Kind::null); name && k <= static_cast<int>(Kind::secret); ++k) {
        if (name_of(static_cast<Kind>(k)) == *name) return Value::type(static_cast<Kind>(k));
    }
    return wrong("type");
}

Read read_bytes(const Node& node, Arena& arena) {
    const auto text = node.as_string();
    const auto data = text ? decode_base64(*text) : std::nullopt;
    return data ? Read(Value::bytes(arena.copy(*data))) : wrong("bytes");
}

Read read_optional(const Node& node, Arena& arena) {
    if (node.is(value::Kind::null)) return Value::optional(nullptr);
    const auto v = read_typed(node, arena);
    return v ? Read(Value::optional(arena.make<Value>(*v))) : v;
}

}  // namespace

void write_typed(const Value& v, std::string& out) {
    switch (v.kind) {
        case Kind::null: out += "{\"null\":null}"; return;
        case Kind::boolean: out += v.b ? "{\"bool\":true}" : "{\"bool\":false}"; return;
        case Kind::integer: out += fmt::format("{{\"int\":\"{}\"}}", v.i); return;
        case Kind::unsigned_: out += fmt::format("{{\"uint\":\"{}\"}}", v.u); return;
        case Kind::real: return write_tagged("double", double_text(v.d), out);
        case Kind::number: return write_tagged("number", v.node->json_text(), out);
        case Kind::string: return write_tagged("string", v.view(), out);
        case Kind::bytes: return write_tagged("bytes", encode_base64(v.view()), out);
        case Kind::list: return write_list(v, out);
        case Kind::map: return write_map(v, out);
        case Kind::timestamp: return write_seconds("timestamp", v.i, v.size, out);
        case Kind::duration: return write_seconds("duration", v.i / 1'000'000'000, v.i % 1'000'000'000, out);
        case Kind::type: return write_tagged("type", name_of(v.named), out);
        case Kind::optional:
            out += "{\"optional\":";
            v.items == nullptr ? void(out += "null") : write_typed(*v.items, out);
            out += '}';
            return;
        case Kind::secret: return write_tagged("secret", "***", out);
        case Kind::error:
        case Kind::absent: break;
    }
    assert(false);
}

Read read_typed(const Node& node, Arena& arena) {
    if (!node.is(value::Kind::map) || node.count != 1)
        return wrong(R"(value: that is a map of one entry, such as {"int":"1"})");
    const std::string_view tag = node.first()->bytes_view();
    const Node& held = *node.first()->next();
    if (tag == "null") return Value::null();
    if (tag == "bool") return held.is(value::Kind::boolean) ? Read(Value::boolean(held.b)) : wrong(tag);
    std::int64_t i = 0;
    std::uint64_t u = 0;
    if (tag == "int") return parse_number(held, i) ? Read(Value::integer(i)) : wrong(tag);
    if (tag == "uint") return parse_number(held, u) ? Read(Value::unsigned_(u)) : wrong(tag);
    if (tag == "double") return read_double(held);
    if (tag == "string") return held.as_string() ? Read(Value::string(*held.as_string())) : wrong(tag);
    if (tag == "bytes") return read_bytes(held, arena);
    if (tag == "list") return read_list(held, arena);
    if (tag == "map") return read_map(held, arena);
    if (tag == "timestamp") return read_seconds(held, true);
    if (tag == "duration") return read_seconds(held, false);
    if (tag == "type") return read_type(held);
    if (tag == "optional") return read_optional(held, arena);
    return std::unexpected(fmt::format("there is no typed value '{}'", tag));
}

}  // namespace flowrun::expr
