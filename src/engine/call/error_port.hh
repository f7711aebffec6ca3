#pragma once
// The ports of a node that take failures.

#include <cstdint>

namespace flowrun::engine {

// In the order in which a failure goes to them.
enum class ErrorPort : std::uint8_t {
    none,
    error,   // takes what failed in the node itself
    failed,  // takes that, and what failed behind it over sync edges
};

}  // namespace flowrun::engine
