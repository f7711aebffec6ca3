#pragma once
// What an edge does to a message before it is queued or attempted: when, map, key. A failure here is the emitter's.

#include <cstdint>

#include "engine/graph.hh"
#include "engine/lane.hh"

namespace flowrun::engine {

struct Steps {
    std::int32_t status = 0;  // negative: lane.error says why
    bool filtered = false;    // `when` was false
    const value::Node* message = nullptr;
    queue::Meta* own_meta = nullptr;  // with the key; owned by who takes the steps
    Extra* made = nullptr;            // holds the value that `map` made; owned likewise
};
Steps steps(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message);

// Whether a failed attempt is to be repeated, by `retry.when` or by the error's own mark. Negative: the expression failed.
std::int32_t worth_retrying(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message);

// A setting of this call by number; nullptr: not set, or it failed (call.extra->setting_status).
const value::Node* setting(Call& call, std::uint32_t number);
// The same for one element of a list, which its expressions see as `item`; good until the next such setting of this
// call. On failure the error is that of the call's last emit, so that the component can tell it as the element's.
const value::Node* setting(Call& call, std::uint32_t number, const value::Node& item);

}  // namespace flowrun::engine
