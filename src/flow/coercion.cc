#include "flow/coercion.hh"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "flow/quantity.hh"
#include "flow/suggest.hh"
#include "value/json.hh"
#include "value/value.hh"

namespace flowrun::flow {

namespace {

using value::Kind;
using value::Node;

std::uint8_t types_of(const Node& node) {
    switch (node.kind) {
        case Kind::null: return Setting::null;
        case Kind::boolean: return Setting::boolean;
        case Kind::integer:
        case Kind::unsigned_: return Setting::integer | Setting::number;
        case Kind::real:
        case Kind::number: return Setting::number;
        case Kind::string: return Setting::string;
        case Kind::bytes: return 0;
        case Kind::list: return Setting::list;
        case Kind::map: return Setting::map;
    }
    return 0;
}

std::string_view name_of(const Node& node) {
    switch (node.kind) {
        case Kind::null: return "null";
        case Kind::boolean: return "true or false";
        case Kind::integer:
        case Kind::unsigned_: return "an integer";
        case Kind::real:
        case Kind::number: return "a number";
        case Kind::string: return "a string";
        case Kind::bytes: return "bytes";
        case Kind::list: return "a list";
        case Kind::map: return "a map";
    }
    return "nothing";
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The amount that bounds are about, and how a message calls it.
std::optional<std::string> beyond(const Setting& setting, double amount, std::string_view of, bool duration) {
    const auto said = [&](double bound) {
        return duration ? duration_text(static_cast<std::int64_t>(bound)) : fmt::format("{}", bound);
    };
    if (setting.min && (amount < *setting.min || (setting.min_exclusive && amount == *setting.min))) {
        return fmt::format("must {} {} {}", of, setting.min_exclusive ? "more than" : "at least", said(*setting.min));
    }
    if (setting.max && (amount > *setting.max || (setting.max_exclusive && amount == *setting.max))) {
        return fmt::format("must {} {} {}", of, setting.max_exclusive ? "less than" : "at most", said(*setting.max));
    }
    return {};
}

std::optional<std::int64_t> amount_of(const Setting& setting, const Node& node) {
    if (const auto text = node.as_string()) {
        if (setting.duration) {
            const auto amount = duration_of(*text);
            return amount ? std::optional(*amount) : std::nullopt;
        }
        const auto amount = size_of(*text);
        return amount ? std::optional(static_cast<std::int64_t>(*amount)) : std::nullopt;
    }
    // A number has no unit: bytes are counted, time is not.
    return setting.size ? node.as_int() : std::nullopt;
}

std::optional<std::string> mismatch_of_quantity(const Setting& setting, const Node& node) {
    const auto amount = amount_of(setting, node);
    if (!amount || *amount < 0) {
        const std::string is =
            node.is(Kind::string) && !setting.secret ? value::to_json(node) : std::string(name_of(node));
        return fmt::format("must be {}, not {}", wanted(setting), is);
    }
    return beyond(setting, static_cast<double>(*amount), "be", setting.duration);
}

std::optional<std::string> within(std::string_view where, std::optional<std::string> wrong) {
    if (!wrong) return {};
    return fmt::format("{}: {}", where, *wrong);
}

std::optional<std::string> mismatch_of_list(const Setting& setting, const Node& node) {
    if (auto wrong = setting.types == Setting::list ? beyond(setting, node.count, "have", false) : std::nullopt) {
        return *wrong + (wrong->ends_with(" 1") ? " element" : " elements");
    }
    if (setting.items.empty()) return {};
    std::size_t index = 0;
    for (const Node& element : value::elements(node)) {
        if (auto wrong = mismatch(setting.items[0], element)) return within(fmt::format("[{}]", index), wrong);
        ++index;
    }
    return {};
}

const Setting* property_of(const Setting& setting, std::string_view name) {
    for (const Setting& property : setting.properties) {
        if (property.name == name) return &property;
    }
    return nullptr;
}

std::optional<std::string> mismatch_of_map(const Setting& setting, const Node& node) {
    if (setting.properties.empty() && setting.rest.empty() && !setting.closed) return {};
    for (const Setting& property : setting.properties) {
        if (property.required && !property.fallback && !node.member(property.name)) {
            return fmt::format("lacks '{}'", property.name);
        }
    }
    for (const auto [key, value] : value::entries(node)) {
        const std::string_view name = key.bytes_view();
        const Setting* property = property_of(setting, name);
        if (!property && !setting.rest.empty()) property = &setting.rest[0];
        if (!property && setting.closed) return fmt::format("has no member '{}'", name);
        if (!property) continue;
        if (auto wrong = mismatch(*property, value)) return within(name, wrong);
    }
    return {};
}

}  // namespace

std::optional<std::string> mismatch(const Setting& setting, const Node& node) {
    if (setting.duration || setting.size) {
        if (node.is(Kind::null) && (setting.types & Setting::null)) return {};
        return mismatch_of_quantity(setting, node);
    }
    // JSON Schema has no word for bytes: they are among what a setting of any type takes.
    const bool of_any = node.is(Kind::bytes) && setting.types == Setting::any;
    if (!of_any && !(types_of(node) & setting.types))
        return fmt::format("must be {}, not {}", wanted(setting), name_of(node));
    if (!setting.choices.empty()) {
        const bool known = std::any_of(setting.choices.begin(), setting.choices.end(),
                                       [&](const value::Value& choice) { return value::equal(*choice, node); });
        if (!known) {
            std::string list;
            for (const value::Value& choice : setting.choices) {
                list += list.empty() ? "" : ", ";
                list += choice->as_string() ? std::string(*choice->as_string()) : value::to_json(*choice);
            }
            return "must be one of " + list;
        }
    }
    if (node.is(Kind::list)) return mismatch_of_list(setting, node);
    if (node.is(Kind::map)) return mismatch_of_map(setting, node);
    if (node.is_number()) {
        // A number that no double holds is beyond every bound, on the side that its sign says.
        const double huge = node.json_text().starts_with('-') ? -HUGE_VAL : HUGE_VAL;
        return beyond(setting, node.as_double().value_or(huge), "be", false);
    }
    if (node.is(Kind::string) && (setting.types & Setting::string)) {
        const bool numbers = (setting.types & (Setting::integer | Setting::number)) != 0;
        auto wrong = numbers ? std::nullopt
                             : beyond(setting, static_cast<double>(code_points(node.bytes_view())), "have", false);
        if (wrong) return *wrong + (wrong->ends_with(" 1") ? " character" : " characters");
    }
    return {};
}

bool converts(const Setting& setting) {
    if (setting.duration || setting.size) return true;
    if (setting.items.empty() && setting.properties.empty() && setting.rest.empty()) return false;
    const auto any = [](const std::vector<Setting>& all) {
        return std::any_of(all.begin(), all.end(), [](const Setting& s) { return converts(s) || s.fallback; });
    };
    return any(setting.items) || any(setting.properties) || any(setting.rest);
}

void coerce(const Setting& setting, const Node& node, value::Builder& out) {
    if ((setting.duration || setting.size) && !node.is(Kind::null)) {
        out.integer(amount_of(setting, node).value_or(0));
    } else if (node.is(Kind::list) && !setting.items.empty()) {
        out.list();
        for (const Node& element : value::elements(node)) coerce(setting.items[0], element, out);
        out.end();
    } else if (node.is(Kind::map) && (!setting.properties.empty() || !setting.rest.empty())) {
        out.map();
        for (const auto [key, value] : value::entries(node)) {
            const Setting* property = property_of(setting, key.bytes_view());
            if (!property && !setting.rest.empty()) property = &setting.rest[0];
            out.key(key.bytes_view());
            property ? coerce(*property, value, out) : out.value(value);
        }
        for (const Setting& property : setting.properties) {
            if (!property.fallback || node.member(property.name)) continue;
            out.key(property.name);
            coerce(property, *property.fallback, out);
        }
        out.end();
    } else {
        out.value(node);
    }
}

}  // namespace flowrun::flow
