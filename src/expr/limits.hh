#pragma once

#include <cstddef>

namespace flowrun::expr {

// Bounds of a program; beyond them it is a Problem.
inline constexpr std::size_t max_text = 1u << 20;  // bytes of one expression
inline constexpr unsigned max_depth = 250;         // of nested sub-expressions
inline constexpr std::size_t max_nodes = 100'000;  // sub-expressions

}  // namespace flowrun::expr
