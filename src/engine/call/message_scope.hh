#pragma once
// What an expression sees of a message.

#include <cstdint>
#include <string_view>

#include <fmt/core.h>

#include "engine/call/run_context.hh"
#include "flow/tree.hh"

namespace flowrun::engine {

// Fills the slots of message and, when any is used, those of meta that `uses` wants. Text goes into the arena.
template <class Uses>
void fill_scope(ThreadContext& thread, Arena& arena, const queue::Meta* meta, const value::Node* message,
                std::uint32_t attempt, Uses&& uses, bool of_meta = true) {
    expr::Frame& frame = thread.frame;
    auto text = [&](expr::Slot slot, std::string_view s) { frame.set(slot, expr::Value::string(arena.copy(s))); };
    if (message != nullptr) frame.set(expr::slot_msg, expr::Value::from(*message));
    if (meta == nullptr || !of_meta) return;
    if (uses(expr::slot_meta_id)) text(expr::slot_meta_id, meta->id());
    if (uses(expr::slot_meta_key)) {
        bool keyed = meta->text && !meta->text->key.empty();
        keyed ? text(expr::slot_meta_key, meta->text->key) : frame.set(expr::slot_meta_key, expr::Value::absent());
    }
    if (uses(expr::slot_meta_attempt)) frame.set(expr::slot_meta_attempt, expr::Value::integer(attempt));
    bool sibling = meta->total != 0;
    frame.set(expr::slot_meta_index, sibling ? expr::Value::integer(meta->index) : expr::Value::absent());
    frame.set(expr::slot_meta_total, sibling ? expr::Value::integer(meta->total) : expr::Value::absent());
    if (uses(expr::slot_meta_time)) {
        std::int64_t time = meta->time != 0 ? meta->time : thread.run.world.wall();
        frame.set(expr::slot_meta_time,
                  expr::Value::timestamp(time / second, static_cast<std::uint32_t>(time % second)));
    }
    if (uses(expr::slot_meta_trace)) {
        text(expr::slot_meta_trace, fmt::format("{:016x}{:016x}", meta->trace.high, meta->trace.low));
    }
}

// The scalar's text that stands at `offset` in the source: a failure says which leaf of a shape it was. Empty: none does.
std::string_view text_at(const flow::Tree& tree, std::uint32_t offset);

}  // namespace flowrun::engine
