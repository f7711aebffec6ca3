#pragma once
// Calls of a node's component, with what follows when it lets an exception out (component/guarded.hh).

#include <cstdint>
#include <exception>
#include <utility>

#include "component/in_plugin.hh"
#include "engine/graph/graph.hh"

namespace flowrun::engine {

[[noreturn]] void crashed(const Node& node, const char* what);

// Calls a component with a message.
template <class F, class... Args>
[[gnu::always_inline]] inline auto guarded(const Node& node, F f, Args... args) {
    try {
        return f(args...);
    } catch (const std::exception& e) { crashed(node, e.what()); } catch (...) {
        crashed(node, nullptr);
    }
}

// Calls any other function of a component, of which the call stack does not know.
template <class F, class... Args>
auto guarded_aside(const Node& node, F f, Args... args) {
    const component::InPlugin here(node.checked->component->plugin.c_str(), node.name.c_str());
    return guarded(node, f, args...);
}

}  // namespace flowrun::engine
