#pragma once
// A batch entering its node: as one list, or, where the component takes batches, each message with a result of its own.

#include <cstddef>
#include <cstdint>
#include <functional>

#include "engine/backlog.hh"
#include "engine/hops.hh"
#include "value/value.hh"

namespace flowrun::engine {

value::Value list_of(const Parcels& parcels);

// One call of handle_batch. Calls done(i, status) for each parcel; negative with lane.error set, which it may take.
void handle_batch(Lane& lane, const Edge& edge, const Parcels& parcels, const Entry& entry,
                  const std::function<void(std::size_t, std::int32_t)>& done);

}  // namespace flowrun::engine
