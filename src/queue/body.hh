#pragma once
// A message's body as the bytes that a queue keeps, and back: exactly the same value. Formats: flowrun/ext/queue.h.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "value/value.hh"

namespace flowrun::queue {

// Appends to `out`; answers the format (FLOWRUN_BODY_…).
std::uint32_t write_body(const value::Node& body, std::string& out);
// The error says what is wrong with the bytes.
std::expected<value::Value, std::string> read_body(std::uint32_t format, std::string_view bytes);

}  // namespace flowrun::queue
