#pragma once
// A scalar without expressions, read as the type that a setting declares.

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "flow/diagnostics.hh"
#include "flow/setting.hh"
#include "flow/tree.hh"
#include "value/value.hh"

namespace flowrun::flow {

// nullptr: any type, by the core schema. The declared type reads the source text: `1.10` stays as it is where a string is
// wanted. A duration or size stays its text. Nothing, and told, when it does not suit.
std::optional<value::Value> literal_of(const Tree& scalar, const Setting* setting, std::string_view name,
                                       const Diagnostics& diagnostics);

// The same for a text from the command line, where a list or map is JSON. The error is for people.
std::expected<value::Value, std::string> literal_of(std::string_view text, const Setting& setting);

}  // namespace flowrun::flow
