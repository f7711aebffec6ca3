#pragma once
// host->emit_async: a sync edge that blocks no thread of the emitter; and a source's window of such (flowrun/ext/window.h).

#include <cstdint>

#include "engine/call/call.hh"

namespace flowrun::engine {

// OK: `done` will be called once. Else negative, as emit.
std::int32_t emit_async(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                        flowrun_done_fn done, void* user);

// Of a source: the same, but that `done` is called when all that came of it is dealt with (flowrun/ext/delivered.h).
std::int32_t emit_delivered(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                            flowrun_done_fn done, void* user);

bool window_pays(const Node& node, std::uint32_t port);
std::int32_t emit_in_order(Call& call, std::uint32_t port, const value::Node* message, const flowrun_meta* meta,
                           flowrun_done_fn done, void* user);
std::int32_t wait_for_window(Call& call, std::uint64_t most);

}  // namespace flowrun::engine
