#pragma once
// `fanout: parallel`: all edges of an output port at once, and a wait for all of them.

#include <cstdint>
#include <functional>

#include "engine/graph.hh"
#include "engine/lane.hh"

namespace flowrun::engine {

// What came of one edge of a fan-out.
struct Branched {
    std::int32_t status = 0;
    std::unique_ptr<Error> error;
    value::Value reply;
};

// Takes a message through one edge on a lane; negative with lane.error set.
using Through = std::int32_t (*)(Lane&, const Edge&, const queue::Meta*, const value::Node*);

// The results in the order of the outlet's edges. Sync edges run on pool threads, the first of them on the caller's;
// async ones are pushed by the caller. Returns when all have ended, whatever becomes of the caller meanwhile: they borrow
// the message.
std::vector<Branched> fan_out(Lane& lane, const Outlet& outlet, const queue::Meta* meta, const value::Node* message,
                              Through through);

}  // namespace flowrun::engine
