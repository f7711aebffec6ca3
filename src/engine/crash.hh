#pragma once
// What happens when a component lets an exception out of its C table: nothing that it held can be trusted any more, so the
// process ends, with a line that names plugin and node.
//
// Caught here, not by std::terminate: a plugin may have a C++ library of its own, and its handler would be called.

#include <cstdint>
#include <utility>

#include "engine/graph.hh"

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
