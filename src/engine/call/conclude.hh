#pragma once
// The end of a call of a component.

#include <cstdint>

#include "engine/call/call.hh"
#include "engine/call/call_result.hh"

namespace flowrun::engine {

// The result of a handler, or of code of ours in its place, from its status and from what was said with it. Gives the call's
// scratch back.
CallResult conclude(Call& call, std::int32_t status);

}  // namespace flowrun::engine
