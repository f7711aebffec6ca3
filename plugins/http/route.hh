#pragma once
// What leaves a server by one output: requests for a path, by some methods.

#include <flowrun/component.hh>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission.hh"

namespace flowrun::http {

struct Route {
    std::string path;                  // empty: any
    std::vector<std::string> methods;  // empty: any but CONNECT and TRACE
    Signature signature;
    bool accepts_only = false;  // behind the output there are async edges alone

    bool serves(std::string_view method) const;
};

// By output: those of `routes` in written order, or the only one.
std::vector<Route> routes_of(sdk::Value settings);

// Throws Failure (invalid): one cannot be served, or no request would ever come to it.
void refuse_unusable_routes(sdk::Value settings);

// The first that fits takes the request.
struct Choice {
    std::optional<std::uint32_t> route;
    bool known = false;   // the path is one that is served
    std::string allowed;  // the methods at that path, joined by commas, where the method is none of them
};
Choice choose(const std::vector<Route>& routes, std::string_view method, std::string_view path);

}  // namespace flowrun::http
