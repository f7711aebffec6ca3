#pragma once
// Scalars read as the type that their key declares. Each tells what is wrong and gives nothing then. `name` is the key,
// for messages: "'workers' must be an integer, not 'many'".

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flow/diagnostics.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

std::optional<std::string> text_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);
std::optional<bool> flag_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);
std::optional<std::int64_t> integer_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics,
                                       std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                                       std::int64_t max = std::numeric_limits<std::int64_t>::max());
std::optional<double> number_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);
std::optional<std::int64_t> duration_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);
std::optional<std::uint64_t> size_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);
std::optional<double> rate_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);
// The index in `choices`.
std::optional<std::size_t> choice_in(const Tree& tree, std::string_view name, std::span<const std::string_view> choices,
                                     const Diagnostics& diagnostics);
// A list of texts, or one text. Elements that are no texts are told and left out.
std::vector<const Tree*> texts_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);

// Whether an expression can stand here: a scalar with something in it that YAML did not take for something else.
bool expression_in(const Tree& tree, std::string_view name, const Diagnostics& diagnostics);

// [A-Za-z_][A-Za-z0-9_-]*; tells what is wrong with it otherwise. `what` is such as "node".
bool is_name(std::string_view text);
bool name_in(std::string_view text, std::string_view what, const Place& place, const Diagnostics& diagnostics);

// Tells that `tree` is not what is wanted: "'name' must be <wanted>, not a list".
void tell_kind(const Tree& tree, std::string_view name, std::string_view wanted, const Diagnostics& diagnostics);

}  // namespace flowrun::flow
