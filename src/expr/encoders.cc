// Base64, character sets, and JSON text to values and back.

#include <fmt/format.h>

#include "expr/base64.hh"
#include "expr/character_set.hh"
#include "expr/collection.hh"
#include "expr/convert.hh"
#include "expr/function.hh"
#include "value/json.hh"
#include "value/utf8.hh"

namespace flowrun::expr {
namespace {

Value base64_encode(const Call& c) {
    if (!c.spend(c[0].size / 16)) return c.limit();
    return c.string(encode_base64(c.text(0)));
}

Value base64_decode(const Call& c) {
    if (!c.spend(c[0].size / 16)) return c.limit();
    const auto data = decode_base64(c.text(0));
    return data ? c.bytes(*data) : c.fail("this text is no base64", c[0]);
}

Value decode(const Call& c) {
    if (!c.spend(c[0].size / 8)) return c.limit();
    const auto text = recoded(c.text(0), c.text(1), "UTF-8");
    if (!text) return c.fail("these bytes cannot be decoded: " + text.error());
    return value::valid_utf8(*text) ? c.string(*text) : c.fail("these bytes are no text");
}

Value encode(const Call& c) {
    if (!c.spend(c[0].size / 8)) return c.limit();
    const auto bytes = recoded(c.text(0), "UTF-8", c.text(1));
    return bytes ? c.bytes(*bytes) : c.fail("this text cannot be encoded: " + bytes.error(), c[0]);
}

// A copy in the arena of what the reader will forget.
Value keep(const Call& c, const value::Node& node);

Value keep_list(const Call& c, const value::Node& node) {
    ListMaker maker(c.context, node.count);
    if (!maker) return c.limit();
    for (const value::Node& element : value::elements(node)) {
        const Value v = keep(c, element);
        if (v.failed()) return v;
        maker.add(v);
    }
    return maker.finish();
}

Value keep_map(const Call& c, const value::Node& node) {
    MapMaker maker(c.context, node.count);
    if (!maker) return c.limit();
    for (const auto [key, held] : value::entries(node)) {
        const Value k = keep(c, key);
        const Value v = k.failed() ? k : keep(c, held);
        if (v.failed()) return v;
        maker.add(k, v);
    }
    return maker.finish();
}

Value keep(const Call& c, const value::Node& node) {
    if (!c.spend(1)) return c.limit();
    if (node.is(value::Kind::list)) return keep_list(c, node);
    if (node.is(value::Kind::map)) return keep_map(c, node);
    const Value v = Value::from(node);
    if (v.is(Kind::string)) return c.string(v.view());
    if (!v.is(Kind::number)) return v;
    auto* copy = c.context.arena.make<value::Node>(node);
    const std::string_view text = c.context.arena.copy({node.text, node.text_size});
    copy->text = text.data();
    Value out = v;
    out.node = copy;
    return out;
}

Value json(const Call& c) {
    if (!c.spend(c[0].size / 8)) return c.limit();
    thread_local value::Reader reader;
    const auto node = reader.read(c.text(0));
    if (!node)
        return c.fail(fmt::format("this text is no JSON: {} at byte {}", node.error().message, node.error().offset),
                      c[0]);
    return keep(c, **node);
}

Value to_json(const Call& c) {
    value::Builder builder;
    if (const auto done = build(c[0], builder, Secrets::mask); !done) return c.fail(done.error(), c[0]);
    const value::Node* node = builder.finish();
    if (node == nullptr) return c.fail("this cannot be written in JSON", c[0]);
    const std::string text = value::to_json(*node);
    return c.spend(text.size() / 16) ? c.string(text) : c.limit();
}

constexpr Function functions[] = {
    {"base64.encode(bytes) -> string", base64_encode},
    {"base64.encode(string) -> string", base64_encode},
    {"base64.decode(string) -> bytes", base64_decode},
    {"decode(bytes, string) -> string", decode},
    {"encode(string, string) -> bytes", encode},
    {"json(string) -> dyn", json},
    {"toJson(A) -> string", to_json},
    {"A:toJson() -> string", to_json},
};

}  // namespace

std::span<const Function> encoder_functions() { return functions; }

}  // namespace flowrun::expr
