#pragma once
// What is told of a request that has been answered, on one line.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flowrun::http {

// 127.0.0.1 "GET /orders?id=1" 200 17 bytes 1.250 ms. What a client sent is in quotes, and cannot leave them or the line.
// Empty: not known. `response` is a whole one.
std::string access_line(std::string_view client, std::string_view method, std::string_view target,
                        std::string_view response, std::int64_t nanoseconds);

}  // namespace flowrun::http
