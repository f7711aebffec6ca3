#pragma once
// The settings of a server.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "body.hh"

namespace flowrun::http {

struct ServerSettings {
    std::string path;                  // empty: any
    std::vector<std::string> methods;  // empty: any
    Format format = Format::automatic;
    std::uint64_t most_body = 0;
    std::uint32_t most_header = 0;
    std::size_t concurrency = 0;  // requests in the flow
    std::size_t connections = 0;
    std::chrono::nanoseconds timeout{}, idle{};
    bool accepts_only = false;  // behind the output there are async edges alone
};

}  // namespace flowrun::http
