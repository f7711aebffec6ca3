#pragma once

#include <cstdint>

namespace flowrun::expr {

// What a condition gave; `other`: neither true nor false.
enum class Truth : std::uint8_t { no, yes, other };

}  // namespace flowrun::expr
