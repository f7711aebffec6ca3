#pragma once
// Calls of a node's component, with what follows when it lets an exception out (component/guarded.hh).

#include <cstdint>
#include <utility>

#include "engine/graph/graph.hh"

namespace flowrun::engine {

[[noreturn]] void crashed(const Node& node);

// Calls a component.
template <class F, class... Args>
[[gnu::always_inline]] inline auto guarded(const Node& node, F f, Args... args) {
    try {
        return f(args...);
    } catch (...) { crashed(node); }
}

}  // namespace flowrun::engine
