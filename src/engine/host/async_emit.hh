#pragma once
// host->emit_async: a sync edge that blocks no thread of the emitter.

#include <cstdint>

#include "engine/call/call.hh"

namespace flowrun::engine {

// OK: `done` will be called once. Else negative, as emit.
std::int32_t emit_async(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                        flowrun_done_fn done, void* user);

}  // namespace flowrun::engine
