#pragma once
// From an expression's values to what travels in messages. (The other way is Value::from.)
//
// Timestamps become RFC 3339 strings in UTC, durations strings of seconds ("1.5s"), types their name, optionals what
// they hold (null when empty); keys that are not strings are written as string() gives them. NaN and the infinities
// are refused: JSON has no such numbers. A secret is refused unless the place asks for plain text.

#include <cstdint>
#include <expected>
#include <string>

#include "expr/value.hh"
#include "value/builder.hh"

namespace flowrun::expr {

enum class Secrets : std::uint8_t {
    refuse,  // for messages
    mask,    // for traces and errors: written as ***
    plain,   // for the settings of a component
};

// Whether a value written out stays within bounds: its parts may be shared, so that little memory makes endless text.
inline constexpr std::uint64_t max_written = 256u << 20;  // bytes, about
bool writable(const Value& value);

// Appends one value to `out`. The error says what could not be written; `out` is then to be cleared.
std::expected<void, std::string> build(const Value& value, value::Builder& out, Secrets secrets = Secrets::refuse);

// Compact JSON of any value, for people: secrets masked, NaN and infinities as strings, at most `limit` bytes and
// then "…".
std::string to_display(const Value& value, std::size_t limit = 120);

}  // namespace flowrun::expr
