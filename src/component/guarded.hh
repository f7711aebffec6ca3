#pragma once
// What happens when a component lets an exception out of its C table: nothing that it held can be trusted any more, so the
// process ends, with a line that names the plugin, and the node where there is one.
//
// Caught here, not by std::terminate: a plugin may have a C++ library of its own, and its handler would be called.

#include <exception>
#include <string>
#include <string_view>

#include "component/in_plugin.hh"

namespace flowrun::component {

// `node`: empty where it is asked about before there is one. `what`: what the exception says; nullptr: nothing.
[[noreturn]] void crashed(const std::string& plugin, std::string_view node, const char* what);

// Calls a function of a component's table.
template <class F, class... Args>
auto guarded(const std::string& plugin, F f, Args... args) {
    const InPlugin here(plugin.c_str(), "");
    try {
        return f(args...);
    } catch (const std::exception& e) { crashed(plugin, {}, e.what()); } catch (...) {
        crashed(plugin, {}, nullptr);
    }
}

}  // namespace flowrun::component
