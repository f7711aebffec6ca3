#include "command/nature.hh"

#include <fmt/core.h>

#include "value/json.hh"

namespace flowrun::command {

using flow::Setting;

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
    return text;
}

namespace {

// Text as it is, everything else as JSON.
std::string shown(const value::Value& value) {
    const auto text = value->as_string();
    return text && !text->empty() ? std::string(*text) : value::to_json(*value);
}

std::string bounds_of(const Setting& s) {
    const bool of_value = (s.types & (Setting::integer | Setting::number)) != 0 && !s.duration && !s.size;
    std::string text;
    if (!of_value) return text;
    if (s.min) text += fmt::format(", {} {}", s.min_exclusive ? "above" : "at least", *s.min);
    if (s.max) text += fmt::format(", {} {}", s.max_exclusive ? "below" : "at most", *s.max);
    return text;
}

}  // namespace

std::string nature_of(const flow::Setting& s) {
    std::vector<std::string> choices;
    for (const value::Value& choice : s.choices) choices.push_back(shown(choice));
    std::string text = choices.empty() ? flow::wanted(s) + bounds_of(s) : "one of " + joined(choices, ", ");
    if (s.required) text += "; required";
    if (s.fallback && !s.secret) text += "; default " + shown(s.fallback);
    if (s.secret) text += "; secret";
    if (s.per_message && !s.expression) text += "; may hold ${…} over the message";
    if (s.per_item) text += s.expression ? ", of each item" : " and each item";
    return text;
}

}  // namespace flowrun::command
