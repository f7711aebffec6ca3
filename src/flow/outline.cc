#include "flow/outline.hh"

#include "flow/outline_walk.hh"

namespace flowrun::flow {

std::optional<Mistake> first_mistake(const Source& source, std::size_t end) { return Outline(source, end).read(); }

}  // namespace flowrun::flow
