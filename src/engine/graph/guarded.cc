#include "engine/graph/guarded.hh"

#include "component/guarded.hh"

namespace flowrun::engine {

void crashed(const Node& node, const char* what) {
    component::crashed(node.checked->component->plugin, node.name, what);
}

}  // namespace flowrun::engine
