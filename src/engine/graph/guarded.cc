#include "engine/graph/guarded.hh"

#include "component/guarded.hh"

namespace flowrun::engine {

void crashed(const Node& node) { component::crashed(node.checked->component->plugin, node.name); }

}  // namespace flowrun::engine
