#include "flow/schema.hh"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "flow/coercion.hh"
#include "value/json.hh"

namespace flowrun::flow {

namespace {

using value::Kind;
using value::Node;

struct TypeName {
    std::string_view name;
    Setting::Type type;
};
constexpr TypeName type_names[] = {{"null", Setting::null},       {"boolean", Setting::boolean},
                                   {"integer", Setting::integer}, {"number", Setting::number},
                                   {"string", Setting::string},   {"array", Setting::list},
                                   {"object", Setting::map}};

constexpr std::array known_words = {"type",
                                    "description",
                                    "title",
                                    "default",
                                    "enum",
                                    "minimum",
                                    "maximum",
                                    "exclusiveMinimum",
                                    "exclusiveMaximum",
                                    "minLength",
                                    "maxLength",
                                    "minItems",
                                    "maxItems",
                                    "items",
                                    "properties",
                                    "required",
                                    "additionalProperties",
                                    "examples",
                                    "$schema",
                                    "x-duration",
                                    "x-size",
                                    "x-message",
                                    "x-expression",
                                    "x-item",
                                    "x-secret",
                                    "x-listen",
                                    "x-text"};

using Told = std::expected<void, std::string>;

class SchemaReader {
public:
    // `path` names the schema in messages: "property 'every'".
    Told read(const Node& schema, const std::string& path, Setting& out) {
        if (!schema.is(Kind::map)) return bad(path, "must be a map");
        for (const auto [key, value] : value::entries(schema)) {
            const std::string_view word = key.bytes_view();
            if (std::find(known_words.begin(), known_words.end(), word) == known_words.end()) {
                return bad(path, fmt::format("'{}' is not among the words that schemas of settings may use", word));
            }
        }
        for (const auto part : {&SchemaReader::types, &SchemaReader::marks, &SchemaReader::bounds,
                                &SchemaReader::nested, &SchemaReader::examples}) {
            if (auto told = (this->*part)(schema, path, out); !told) return told;
        }
        return {};
    }

private:
    static Told bad(const std::string& path, const std::string& message) {
        return std::unexpected(path.empty() ? message : path + ": " + message);
    }

    Told add_type(const Node& name, const std::string& path, Setting& out) {
        for (const TypeName& type : type_names) {
            if (name.as_string() == type.name) {
                out.types = static_cast<std::uint8_t>(out.types | type.type);
                return {};
            }
        }
        return bad(path, fmt::format("unknown type {}", value::to_json(name)));
    }

    Told types(const Node& schema, const std::string& path, Setting& out) {
        const Node* type = schema.member("type");
        if (!type) return {};
        out.types = 0;
        if (!type->is(Kind::list)) return add_type(*type, path, out);
        for (const Node& name : value::elements(*type)) {
            if (auto told = add_type(name, path, out); !told) return told;
        }
        return out.types ? Told{} : bad(path, "'type' is an empty list");
    }

    Told flag(const Node& schema, const char* word, const std::string& path, bool& out) {
        const Node* node = schema.member(word);
        if (!node) return {};
        const auto truth = node->as_bool();
        if (!truth) return bad(path, fmt::format("'{}' must be true or false", word));
        out = *truth;
        return {};
    }

    Told marks(const Node& schema, const std::string& path, Setting& out) {
        for (const auto& [word, mark] :
             {std::pair{"x-duration", &out.duration}, std::pair{"x-size", &out.size},
              std::pair{"x-message", &out.per_message}, std::pair{"x-expression", &out.expression},
              std::pair{"x-item", &out.per_item}, std::pair{"x-secret", &out.secret},
              std::pair{"x-listen", &out.listens}, std::pair{"x-text", &out.text}}) {
            if (auto told = flag(schema, word, path, *mark); !told) return told;
        }
        if (out.expression || out.per_item) out.per_message = true;
        if (out.text && !(out.types & Setting::string)) return bad(path, "'x-text' has no meaning for its type");
        if (out.duration && out.size) return bad(path, "is both x-duration and x-size");
        if ((out.duration || out.size) && out.expression) return bad(path, "an expression has no unit");
        if (out.duration || out.size) {
            const bool units = (out.types & (Setting::string | Setting::integer)) != 0;
            if (!units) return bad(path, "a duration or size is declared as a string or integer");
        }
        for (const char* word : {"description", "title"}) {
            const Node* text = schema.member(word);
            if (!text) continue;
            if (!text->as_string()) return bad(path, fmt::format("'{}' must be a string", word));
            out.doc = *text->as_string();
            break;
        }
        return {};
    }

    Told bounds(const Node& schema, const std::string& path, Setting& out) {
        struct Bound {
            const char* word;
            std::optional<double>* bound;
            bool* exclusive;
            std::uint8_t types;
        };
        const std::uint8_t numbers = Setting::integer | Setting::number;
        for (const Bound& b :
             {Bound{"minimum", &out.min, nullptr, numbers}, Bound{"maximum", &out.max, nullptr, numbers},
              Bound{"exclusiveMinimum", &out.min, &out.min_exclusive, numbers},
              Bound{"exclusiveMaximum", &out.max, &out.max_exclusive, numbers},
              Bound{"minLength", &out.min, nullptr, Setting::string},
              Bound{"maxLength", &out.max, nullptr, Setting::string},
              Bound{"minItems", &out.min, nullptr, Setting::list},
              Bound{"maxItems", &out.max, nullptr, Setting::list}}) {
            const Node* node = schema.member(b.word);
            if (!node) continue;
            const auto number = node->as_double();
            if (!number) return bad(path, fmt::format("'{}' must be a number", b.word));
            const bool united = out.duration || out.size;
            if (!(out.types & b.types) && !(united && b.types == numbers)) {
                return bad(path, fmt::format("'{}' has no meaning for its type", b.word));
            }
            if (*b.bound) return bad(path, fmt::format("'{}' is a second bound", b.word));
            *b.bound = number;
            if (b.exclusive) *b.exclusive = true;
        }
        if (out.min && out.max && *out.min > *out.max) return bad(path, "its maximum is less than its minimum");
        return {};
    }

    Told nested(const Node& schema, const std::string& path, Setting& out) {
        if (const Node* items = schema.member("items")) {
            if (!(out.types & Setting::list)) return bad(path, "'items' belongs to an array");
            if (auto told = read(*items, path + ", items", out.items.emplace_back()); !told) return told;
        }
        const Node* properties = schema.member("properties");
        const Node* rest = schema.member("additionalProperties");
        if ((properties || rest) && !(out.types & Setting::map)) return bad(path, "'properties' belong to an object");
        if (properties && !properties->is(Kind::map)) return bad(path, "'properties' must be a map");
        if (properties) {
            for (const auto [key, value] : value::entries(*properties)) {
                if (auto told = property(key.bytes_view(), value, path, out); !told) return told;
            }
        }
        if (rest && rest->is(Kind::boolean)) {
            out.closed = !rest->b;
        } else if (rest) {
            if (auto told = read(*rest, path + ", additionalProperties", out.rest.emplace_back()); !told) return told;
        }
        return required(schema, path, out);
    }

    Told property(std::string_view name, const Node& schema, const std::string& path, Setting& out) {
        const std::string where = (path.empty() ? "" : path + ", ") + fmt::format("property '{}'", name);
        if (name.empty()) return bad(path, "a property has no name");
        for (const Setting& other : out.properties) {
            if (other.name == name) return bad(where, "is declared twice");
        }
        Setting& setting = out.properties.emplace_back();
        setting.name = name;
        return read(schema, where, setting);
    }

    Told required(const Node& schema, const std::string& path, Setting& out) {
        const Node* names = schema.member("required");
        if (!names) return {};
        if (!names->is(Kind::list)) return bad(path, "'required' must be a list of names");
        for (const Node& name : value::elements(*names)) {
            const auto found = std::find_if(out.properties.begin(), out.properties.end(),
                                            [&](const Setting& s) { return name.as_string() == s.name; });
            if (found == out.properties.end()) {
                return bad(path, fmt::format("'required' names {}, which is no property", value::to_json(name)));
            }
            found->required = true;
        }
        return {};
    }

    Told examples(const Node& schema, const std::string& path, Setting& out) {
        if (const Node* choices = schema.member("enum")) {
            if (!choices->is(Kind::list) || choices->count == 0) return bad(path, "'enum' must be a list of values");
            for (const Node& choice : value::elements(*choices)) out.choices.push_back(value::Value::copy(choice));
        }
        const Node* fallback = schema.member("default");
        if (!fallback) return {};
        if (!out.expression) {
            if (const auto wrong = mismatch(out, *fallback)) return bad(path, "the default " + *wrong);
        } else if (!fallback->as_string()) {
            return bad(path, "the default of an expression must be its text");
        }
        out.fallback = value::Value::copy(*fallback);
        return {};
    }
};

}  // namespace

std::expected<std::vector<Setting>, std::string> settings_of(std::string_view schema) {
    if (schema.empty()) return std::vector<Setting>{};
    const auto document = value::parse(schema);
    if (!document) {
        return std::unexpected(
            fmt::format("settings: not JSON, at byte {}: {}", document.error().offset, document.error().message));
    }
    Setting root;
    if (auto told = SchemaReader().read(**document, "", root); !told)
        return std::unexpected("settings: " + told.error());
    if (root.types != Setting::map) return std::unexpected("settings: 'type' must be \"object\"");
    return std::move(root.properties);
}

}  // namespace flowrun::flow
