#pragma once
// Whether a value that an expression gave suits a setting, and its form for the component.

#include <optional>
#include <string>

#include "flow/setting.hh"
#include "value/builder.hh"
#include "value/node.hh"

namespace flowrun::flow {

// What is wrong with `value`, for people ("must be an integer, not a string", "items[2].n must be at least 1"); nothing
// when it suits. Names neither the setting nor a secret's text.
std::optional<std::string> mismatch(const Setting& setting, const value::Node& value);

// Whether every value suits, and is given to the component as it is.
inline bool takes_all(const Setting& setting) {
    return setting.types == Setting::any && !setting.duration && !setting.size && setting.choices.empty() &&
           !setting.min && !setting.max && setting.items.empty() && setting.properties.empty() &&
           setting.rest.empty() && !setting.closed;
}

// Whether the component gets another value than was evaluated: there is a duration or size in it.
bool converts(const Setting& setting);

// Appends the value as the component gets it: durations in nanoseconds, sizes in bytes, members with defaults added.
// `value` has no mismatch.
void coerce(const Setting& setting, const value::Node& value, value::Builder& out);

}  // namespace flowrun::flow
