#pragma once
// A mistake in an expression, found before it runs.

#include <cstdint>
#include <string>

namespace flowrun::expr {

struct Problem {
    std::uint32_t offset = 0;  // bytes from the start of the text that was given
    std::uint32_t length = 0;  // bytes; 0: between two characters, or at the end
    std::string message;       // what is wrong
    std::string remedy;        // what to do; empty: nothing better than the message
};

}  // namespace flowrun::expr
