#pragma once
// How large a flow may be.

#include <cstddef>

namespace flowrun::flow {

inline constexpr std::size_t max_bytes = std::size_t{1} << 20;  // of text
inline constexpr std::size_t max_nesting = 64;                  // levels
inline constexpr std::size_t max_nodes = 100'000;               // values, once aliases are expanded

}  // namespace flowrun::flow
