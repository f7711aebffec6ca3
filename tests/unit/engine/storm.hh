#pragma once
// A small random flow with random policies, run in virtual time with components that fail, stall, throw their hands up,
// answer later, and a shutdown at a random moment; and what has to hold of every one of them.

#include <cstdint>
#include <string>

namespace flowrun::engine::test {

// Runs the flow of this seed. Empty: all that must hold did. Else what did not, with the flow.
std::string storm(std::uint64_t seed);

}  // namespace flowrun::engine::test
