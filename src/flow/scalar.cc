#include "flow/scalar.hh"

#include <charconv>

#include <fmt/format.h>

#include "flow/core.hh"
#include "flow/odd_text.hh"
#include "flow/quantity.hh"
#include "flow/quote.hh"
#include "flow/suggest.hh"

namespace flowrun::flow {

namespace {

std::string shown(const Tree& tree) {
    constexpr std::size_t longest = 60;
    switch (tree.kind) {
        case Tree::Kind::list: return "a list";
        case Tree::Kind::map: return "a map";
        default: break;
    }
    if (tree.text.empty()) return "nothing";
    return tree.text.size() <= longest ? "'" + tree.text + "'" : "a longer text";
}

// A scalar that has a text; a tag on it has been told already.
bool has_text(const Tree& tree, std::string_view name, std::string_view wanted, const Diagnostics& diagnostics) {
    if (tree.property_kind == '!') return false;
    if (tree.kind == Tree::Kind::scalar && !tree.text.empty()) return true;
    tell_kind(tree, name, wanted, diagnostics);
    return false;
}

template <class Value>
std::optional<Value> quantity_in(const Tree& tree, std::string_view name, std::string_view wanted,
                                 const Diagnostics& diagnostics,
                                 std::expected<Value, BadQuantity> (*read)(std::string_view)) {
    if (!has_text(tree, name, wanted, diagnostics)) return {};
    auto value = read(tree.text);
    if (value) return *value;
    const BadQuantity& bad = value.error();
    diagnostics.error(diagnostics.part(tree, bad.offset, bad.length), fmt::format("'{}': {}", name, bad.message),
                      bad.remedy);
    return {};
}

}  // namespace

void tell_kind(const Tree& tree, std::string_view name, std::string_view wanted, const Diagnostics& diagnostics) {
    diagnostics.error(tree.place, fmt::format("'{}' must be {}, not {}", name, wanted, shown(tree)), odd_in(tree));
}

std::optional<std::string> text_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    if (!has_text(tree, name, "a text", diagnostics)) return {};
    return tree.text;
}

std::optional<bool> flag_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    if (!has_text(tree, name, "true or false", diagnostics)) return {};
    const Core core = core_of(tree.text);
    if (core.kind == CoreKind::boolean) return core.truth;
    static constexpr std::string_view yes[] = {"yes", "Yes", "on", "On", "y"}, no[] = {"no", "No", "off", "Off", "n"};
    std::string remedy;
    for (const std::string_view word : yes) remedy = tree.text == word ? "write true" : remedy;
    for (const std::string_view word : no) remedy = tree.text == word ? "write false" : remedy;
    diagnostics.error(tree.place, fmt::format("'{}' must be true or false, not {}", name, shown(tree)), remedy);
    return {};
}

std::optional<std::int64_t> integer_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics,
                                       std::int64_t min, std::int64_t max) {
    if (!has_text(tree, name, "an integer", diagnostics)) return {};
    const Core core = core_of(tree.text);
    if (core.kind != CoreKind::integer) {
        diagnostics.error(tree.place, fmt::format("'{}' must be an integer, not {}", name, shown(tree)));
        return {};
    }
    std::int64_t value = 0;
    const auto read = std::from_chars(core.json.data(), core.json.data() + core.json.size(), value);
    if (read.ec != std::errc{} || value < min || value > max) {
        const std::string range = max == std::numeric_limits<std::int64_t>::max() ? fmt::format("at least {}", min)
                                                                                  : fmt::format("{} to {}", min, max);
        diagnostics.error(tree.place, fmt::format("'{}' must be {}, not {}", name, range, shown(tree)));
        return {};
    }
    return value;
}

std::optional<double> number_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    if (!has_text(tree, name, "a number", diagnostics)) return {};
    const Core core = core_of(tree.text);
    double value = 0;
    if (core.kind != CoreKind::integer && core.kind != CoreKind::real) {
        diagnostics.error(tree.place, fmt::format("'{}' must be a number, not {}", name, shown(tree)));
        return {};
    }
    if (std::from_chars(core.json.data(), core.json.data() + core.json.size(), value).ec != std::errc{}) {
        diagnostics.error(tree.place, fmt::format("'{}' is beyond what a number can hold", name));
        return {};
    }
    return value;
}

std::optional<std::int64_t> duration_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    return quantity_in<std::int64_t>(tree, name, "a duration such as 5s", diagnostics, duration_of);
}

std::optional<std::uint64_t> size_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    return quantity_in<std::uint64_t>(tree, name, "a size such as 16MiB", diagnostics, size_of);
}

std::optional<double> rate_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    return quantity_in<double>(tree, name, "a rate such as 50/s", diagnostics, rate_of);
}

std::optional<std::size_t> choice_in(const Tree& tree, std::string_view name, std::span<const std::string_view> choices,
                                     const Diagnostics& diagnostics) {
    std::string wanted = "one of ";
    for (std::size_t i = 0; i < choices.size(); ++i) wanted += (i ? ", " : "") + std::string(choices[i]);
    if (!has_text(tree, name, wanted, diagnostics)) return {};
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (choices[i] == tree.text) return i;
    }
    diagnostics.error(tree.place, fmt::format("'{}' cannot be {}", name, shown(tree)), suggest(tree.text, choices));
    return {};
}

std::vector<const Tree*> texts_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    std::vector<const Tree*> out;
    if (tree.kind == Tree::Kind::list) {
        for (const Tree& item : tree.items) {
            if (has_text(item, name, "a list of texts", diagnostics)) out.push_back(&item);
        }
    } else if (has_text(tree, name, "a list of texts", diagnostics)) {
        out.push_back(&tree);
    }
    return out;
}

bool expression_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics) {
    if (tree.property_kind == '!') return false;
    if (tree.kind == Tree::Kind::list || tree.kind == Tree::Kind::map) {
        diagnostics.error(tree.place,
                          fmt::format("'{}' must be an expression; YAML takes this for {}", name, shown(tree)),
                          "quote the whole value");
        return false;
    }
    if (tree.property_kind != 0) {
        const std::size_t begin = tree.property.offset;
        std::size_t end = begin + tree.property.length;
        const bool own = tree.property_kind == '&' && !tree.offsets.empty();
        if (own) end = std::max<std::size_t>(end, tree.place.offset + tree.place.length);
        const std::string_view whole = std::string_view(diagnostics.source.text()).substr(begin, end - begin);
        const std::string_view kind = tree.property_kind == '&' ? "an anchor" : "an alias";
        diagnostics.error(tree.property,
                          fmt::format("'{}' is an expression; YAML takes '{}' for {}", name,
                                      whole.substr(0, tree.property.length), kind),
                          quote_it(name, whole));
        return false;
    }
    if (tree.text.find_first_not_of(" \t\n") == std::string::npos) {
        diagnostics.error(tree.place, fmt::format("'{}' must be an expression, not nothing", name),
                          tree.comment_follows ? "' #' begins a comment: quote the whole value" : "");
        return false;
    }
    return true;
}

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    if (text.empty() || !letter(text[0])) return false;
    for (const char c : text) {
        if (!letter(c) && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return true;
}

bool name_in(std::string_view text, std::string_view what, const Place& place, const Diagnostics& diagnostics) {
    if (is_name(text)) return true;
    constexpr std::size_t longest = 60;
    const std::string shown = text.size() <= longest ? fmt::format("'{}'", text) : std::string("this text");
    const std::string odd = odd_in(text);
    diagnostics.error(place, fmt::format("{} is not the name of a {}", shown, what),
                      !odd.empty() ? odd : "names are letters, digits, '_' and '-', and begin with a letter or '_'");
    return false;
}

}  // namespace flowrun::flow
