#include "flow/literal.hh"

#include <fmt/format.h>

#include "flow/coercion.hh"
#include "flow/core.hh"
#include "flow/odd_text.hh"
#include "flow/quantity.hh"
#include "flow/scalar.hh"
#include "flow/suggest.hh"
#include "value/builder.hh"
#include "value/json.hh"

namespace flowrun::flow {

namespace {

std::uint8_t types_of(CoreKind kind) {
    switch (kind) {
        case CoreKind::null: return Setting::null;
        case CoreKind::boolean: return Setting::boolean;
        case CoreKind::integer: return Setting::integer | Setting::number;
        case CoreKind::real: return Setting::number;
        case CoreKind::special: return 0;
        case CoreKind::string: return Setting::string;
    }
    return 0;
}

value::Value built(const Core& core, std::string_view text) {
    value::Builder builder;
    build(core, text, builder);
    return value::Value::copy(*builder.finish());
}

// The scalar's meaning among the declared types: what the core schema says if that is declared, else the text itself.
std::optional<Core> among(std::uint8_t types, const Core& core, std::string_view text) {
    if (types_of(core.kind) & types) return core;
    if ((types & Setting::string) && !text.empty()) return Core{};
    const Core unquoted = core_of(text);
    if (!text.empty() && (types_of(unquoted.kind) & types)) return unquoted;
    return {};
}

// Digits that mean something only in a text, such as a version, a postal code, a number of a telephone or a short hash:
// 1.10, 007, +420, 0x1F, 12e3. The number that YAML makes of them is written otherwise.
bool is_as_text(std::string_view text) {
    if (text.starts_with('+')) return true;
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.size() > 1 && text[0] == '0' && text[1] != '.') return true;
    const std::size_t point = text.find('.'), power = text.find_first_of("eE");
    if (power != std::string_view::npos) return text.find_first_of(".+-") == std::string_view::npos;
    return point != std::string_view::npos && text.size() > point + 2 && text.back() == '0';
}

// As a message will have it: the digits that were written do not outlive an expression.
std::string as_sent(const value::Node& number) {
    const auto real = number.is(value::Kind::integer) ? std::nullopt : number.as_double();
    if (!real) return value::to_json(number);
    value::Builder builder;
    builder.real(*real);
    return value::to_json(*builder.finish());
}

// Where a number and a text would both do, nobody can know which was meant.
void warn_of_number(const value::Node& number, const Tree& scalar, std::string_view name,
                    const Diagnostics& diagnostics) {
    if (!is_as_text(scalar.text)) return;
    const std::string is = as_sent(number);
    if (is == scalar.text) return;
    const std::string key = name.empty() ? "" : fmt::format("'{}': ", name);
    diagnostics.warning(
        scalar.place, fmt::format("{}YAML takes {} for the number {}", key, scalar.text, is),
        fmt::format("where the text is meant quote it: \"{}\"; where the number is, write {}", scalar.text, is));
}

std::optional<value::Value> quantity(const Tree& scalar, const Setting& setting, std::string_view name,
                                     const Diagnostics& diagnostics) {
    const bool fits = setting.duration ? duration_in(scalar, name, diagnostics).has_value()
                                       : size_in(scalar, name, diagnostics).has_value();
    return fits ? std::optional(value::Value::string(scalar.text)) : std::nullopt;
}

std::optional<value::Value> suited(value::Value value, const Tree& scalar, const Setting& setting,
                                   std::string_view name, const Diagnostics& diagnostics) {
    const auto wrong = mismatch(setting, *value);
    if (!wrong) return value;
    std::vector<std::string_view> choices;
    for (const value::Value& choice : setting.choices) choices.push_back(choice->as_string().value_or(""));
    const std::string_view near = nearest(scalar.text, std::span<const std::string_view>(choices));
    std::string remedy = near.empty() ? odd_in(scalar) : fmt::format("did you mean '{}'?", near);
    const bool escaped = scalar.text.size() == 2 && scalar.text[0] == '\\';
    if (escaped && scalar.style != Tree::Style::double_quoted) {
        remedy = fmt::format("only in double quotes {0} is one character: write \"{0}\"", scalar.text);
    }
    diagnostics.error(scalar.place, fmt::format("'{}' {}", name, *wrong), std::move(remedy));
    return {};
}

}  // namespace

std::optional<value::Value> literal_of(const Tree& scalar, const Setting* setting, std::string_view name,
                                       const Diagnostics& diagnostics) {
    const bool written = setting && setting->text && !scalar.text.empty();
    const Core meaning = core_of(scalar);
    const Core core = written && meaning.kind != CoreKind::null ? Core{} : meaning;
    if (core.kind == CoreKind::special && (!setting || !(setting->types & Setting::string))) {
        diagnostics.error(scalar.place,
                          fmt::format("'{}' cannot be {}: messages have no such number", name, scalar.text));
        return {};
    }
    const bool number = core.kind == CoreKind::integer || core.kind == CoreKind::real;
    if (!setting) {
        value::Value value = built(core, scalar.text);
        if (number) warn_of_number(*value, scalar, name, diagnostics);
        return value;
    }
    if (core.kind == CoreKind::null && (setting->types & Setting::null)) return value::Value::null();
    if (setting->duration || setting->size) {
        auto text = quantity(scalar, *setting, name, diagnostics);
        return text ? suited(std::move(*text), scalar, *setting, name, diagnostics) : std::nullopt;
    }
    const bool quoted_empty = scalar.style != Tree::Style::plain && (setting->types & Setting::string);
    const auto meant = quoted_empty ? std::optional(core) : among(setting->types, core, scalar.text);
    if (!meant) {
        if ((setting->types & Setting::boolean) && scalar.kind == Tree::Kind::scalar) {
            if (setting->types == Setting::boolean) return flag_in(scalar, name, diagnostics), std::nullopt;
        }
        tell_kind(scalar, name, wanted(*setting), diagnostics);
        return {};
    }
    auto value = suited(built(*meant, scalar.text), scalar, *setting, name, diagnostics);
    if (value && number && (setting->types & Setting::string) && meant->kind != CoreKind::string) {
        warn_of_number(**value, scalar, name, diagnostics);
    }
    return value;
}

std::expected<value::Value, std::string> literal_of(std::string_view text, const Setting& setting) {
    value::Value value;
    if (setting.duration || setting.size || setting.types == Setting::string) {
        if (!value::valid_utf8(text)) return std::unexpected("must be UTF-8");
        value = value::Value::string(text);
    } else if (setting.types == Setting::list || setting.types == Setting::map) {
        auto parsed = value::parse(text);
        if (!parsed) {
            return std::unexpected(
                fmt::format("must be {} as JSON, not '{}': {}", wanted(setting), text, parsed.error().message));
        }
        value = std::move(*parsed);
    } else {
        const Core core = core_of(text);
        if (text.empty() || !(types_of(core.kind) & setting.types)) {
            return std::unexpected(fmt::format("must be {}, not '{}'", wanted(setting), text));
        }
        value = built(core, text);
    }
    if (const auto wrong = mismatch(setting, *value)) return std::unexpected(*wrong);
    return value;
}

}  // namespace flowrun::flow
