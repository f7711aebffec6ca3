#pragma once
// Whether to write in colour.

#include <cstdint>

namespace flowrun::trace {

enum class Color : std::uint8_t { automatic, always, never };

// `automatic`: no when NO_COLOR is set and not empty; yes when CLICOLOR_FORCE is set, not empty and not 0; else on a
// terminal that is not TERM=dumb. Reads the environment: call it before threads change that.
bool colored(Color choice, int descriptor);

}  // namespace flowrun::trace
