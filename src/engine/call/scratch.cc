#include "engine/call/scratch.hh"

#include <utility>

namespace flowrun::engine {

value::Builder& CallScratch::builder() {
    if (built == builders.size()) builders.push_back(std::make_unique<value::Builder>());
    return *builders[built++];
}

void CallScratch::clear() {
    error.reset();
    last_error.reset();
    if (reply) reply = {};
    if (last_reply) last_reply = {};
    arena.reset();
    for (std::size_t i = 0; i < built; ++i) builders[i]->clear();
    built = 0;
    made_settings.clear();
    of_item.reset();
    setting_status = 0;
    text.reset();
    kept.clear();
}

CallScratch& ScratchStock::acquire() {
    if (spare_.empty()) return *new CallScratch;
    CallScratch* scratch = spare_.back().release();
    spare_.pop_back();
    return *scratch;
}

void ScratchStock::release(CallScratch* scratch) {
    constexpr std::size_t enough = 32;
    std::unique_ptr<CallScratch> owned(scratch);
    if (spare_.size() >= enough) return;
    owned->clear();
    spare_.push_back(std::move(owned));
}

}  // namespace flowrun::engine
