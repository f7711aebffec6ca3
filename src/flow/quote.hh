#pragma once
// Remedies of the kind `quote it: when: "!msg.paid"`.

#include <cstddef>
#include <string>
#include <string_view>

#include "flow/source.hh"

namespace flowrun::flow {

// `text` as a quoted YAML scalar: in double quotes, or in single quotes where it holds a double quote or a backslash.
std::string quoted(std::string_view text);

// `quote it: KEY: "text"`, without the key when there is none.
std::string quote_it(std::string_view key, std::string_view text);

// For a mistake in the value of a `key: value` line: how that line would read with its value quoted. Empty when the line
// has no such form, or is quoted already.
std::string quote_value_at(const Source& source, std::size_t offset);

// The same for `value`, which begins at `offset` in whatever notation: `when: *a` in a line of its own or inside { }.
std::string quote_value_at(const Source& source, std::size_t offset, std::string_view value);

// Where the value of a `key: value` line begins, when YAML takes its first character for a tag, an anchor or an alias; else
// `offset` itself.
std::size_t eaten_at(const Source& source, std::size_t offset);

}  // namespace flowrun::flow
