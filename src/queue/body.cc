#include "queue/body.hh"

#include <flowrun/ext/queue.h>

#include "expr/base64.hh"
#include "value/builder.hh"
#include "value/json.hh"

namespace flowrun::queue {
namespace {

using value::Kind;
using value::Node;

constexpr char mark = '\x01';

// Whether JSON would not tell it from another value. What has its text came from JSON, which knows no bytes.
bool needs_marks(const Node& node) {
    if (node.is(Kind::bytes)) return true;
    if (!node.is(Kind::list) && !node.is(Kind::map)) return false;
    if (!node.json_text().empty()) return false;
    const Node* const end = node.next();
    for (const Node* part = node.first(); part != end; ++part) {
        if (part->is(Kind::bytes)) return true;
    }
    return false;
}

void write_marked(const Node& node, std::string& out) {
    switch (node.kind) {
        case Kind::bytes:
            value::write_string(std::string{mark, 'b'} + expr::encode_base64(node.bytes_view()), out);
            return;
        case Kind::string: {
            const std::string_view text = node.bytes_view();
            if (!text.starts_with(mark)) return value::write_string(text, out);
            value::write_string(std::string{mark, 's'} + std::string(text), out);
            return;
        }
        case Kind::list: {
            out += '[';
            for (const Node& element : value::elements(node)) {
                if (&element != node.first()) out += ',';
                write_marked(element, out);
            }
            out += ']';
            return;
        }
        case Kind::map: {
            out += '{';
            for (const auto [key, element] : value::entries(node)) {
                if (&key != node.first()) out += ',';
                value::write_string(key.bytes_view(), out);
                out += ':';
                write_marked(element, out);
            }
            out += '}';
            return;
        }
        default: value::write(node, out);
    }
}

bool build_marked(const Node& node, value::Builder& make) {
    switch (node.kind) {
        case Kind::string: {
            const std::string_view text = node.bytes_view();
            if (!text.starts_with(mark)) return make.string(text);
            if (text.size() < 2) return false;
            if (text[1] == 's') return make.string(text.substr(2));
            const auto bytes = expr::decode_base64(text.substr(2));
            if (text[1] != 'b' || !bytes) return false;
            make.bytes(*bytes);
            return true;
        }
        case Kind::list:
            make.list();
            for (const Node& element : value::elements(node)) {
                if (!build_marked(element, make)) return false;
            }
            make.end();
            return true;
        case Kind::map:
            make.map();
            for (const auto [key, element] : value::entries(node)) {
                if (!make.key(key.bytes_view()) || !build_marked(element, make)) return false;
            }
            make.end();
            return true;
        default: make.value(node); return true;
    }
}

std::unexpected<std::string> no_body(std::string_view why) {
    return std::unexpected("its body cannot be read: " + std::string(why));
}

}  // namespace

std::uint32_t write_body(const Node& body, std::string& out) {
    if (body.is(Kind::bytes)) {
        out += body.bytes_view();
        return FLOWRUN_BODY_BYTES;
    }
    if (!needs_marks(body)) {
        value::write(body, out);
        return FLOWRUN_BODY_JSON;
    }
    write_marked(body, out);
    return FLOWRUN_BODY_MIXED;
}

std::expected<value::Value, std::string> read_body(std::uint32_t format, std::string_view bytes) {
    if (format == FLOWRUN_BODY_BYTES) {
        value::Builder make;
        make.bytes(bytes);
        const Node* made = make.finish();
        return made == nullptr ? no_body("it is too large")
                               : std::expected<value::Value, std::string>(value::Value::keep(*made));
    }
    if (format != FLOWRUN_BODY_JSON && format != FLOWRUN_BODY_MIXED) return no_body("its format is not known");
    auto parsed = value::parse(bytes);
    if (!parsed) return no_body(parsed.error().message);
    if (format == FLOWRUN_BODY_JSON) return std::move(*parsed);
    value::Builder make;
    if (!build_marked(**parsed, make)) return no_body("a mark in it is wrong");
    const Node* made = make.finish();
    if (made == nullptr) return no_body("it is too large");
    return value::Value::keep(*made);
}

}  // namespace flowrun::queue
