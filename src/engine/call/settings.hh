#pragma once
// The settings of a call that are evaluated for its message.

#include <cstdint>

#include "engine/call/call.hh"

namespace flowrun::engine {

// A setting of this call by number; nullptr: not set, or it failed (call.scratch->setting_status).
const value::Node* setting(Call& call, std::uint32_t number);
// The same for one element of a list, which its expressions see as `item`; good until the next such setting of this
// call. On failure the error is that of the call's last emit, so that the component can tell it as the element's.
const value::Node* setting(Call& call, std::uint32_t number, const value::Node& item);

}  // namespace flowrun::engine
