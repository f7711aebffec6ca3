#pragma once
// The lines of a block of YAML and how they stand to one another, as far as it takes to tell what its author did wrong.
// The parser decides what is YAML; this only finds causes, and gives up where it does not understand.

#include <cstddef>
#include <optional>

#include "flow/mistake.hh"
#include "flow/source.hh"

namespace flowrun::flow {

// The first mistake of those that begin in a line before `end`; nothing when none is found.
std::optional<Mistake> first_mistake(const Source& source, std::size_t end);

}  // namespace flowrun::flow
