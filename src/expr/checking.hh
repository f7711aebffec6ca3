#pragma once
// How much is judged before an expression runs.

#include <cstdint>

namespace flowrun::expr {

enum class Checking : std::uint8_t {
    strict,   // unknown names and types that cannot agree are Problems
    lenient,  // wrong syntax alone is a Problem; all else fails when it is evaluated, as CEL without its checker does
};

}  // namespace flowrun::expr
