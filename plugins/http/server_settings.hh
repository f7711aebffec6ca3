#pragma once
// The settings of a server.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "admission.hh"
#include "body.hh"

namespace flowrun::http {

// What leaves by one output.
struct Route {
    std::string path;                  // empty: any
    std::vector<std::string> methods;  // empty: any
    Signature signature;
    bool accepts_only = false;  // behind the output there are async edges alone
};

struct ServerSettings {
    std::vector<Route> routes;  // by output; the first that fits takes the request
    Admission admission;
    Format format = Format::automatic;
    std::uint64_t most_body = 0;
    std::uint64_t most_bodies = 0;  // bytes of all that are held at once
    std::uint32_t most_header = 0;
    std::size_t concurrency = 0;  // requests in the flow
    std::size_t connections = 0;
    std::chrono::nanoseconds timeout{}, idle{};
};

}  // namespace flowrun::http
