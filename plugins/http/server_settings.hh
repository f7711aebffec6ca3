#pragma once
// The settings of a server.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "admission.hh"
#include "body.hh"
#include "route.hh"

namespace flowrun::http {

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
    bool access_log = false;
};

}  // namespace flowrun::http
