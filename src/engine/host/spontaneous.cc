#include "engine/host/spontaneous.hh"

#include "engine/call/run_context.hh"

namespace flowrun::engine {

Call* begin(Node& node) {
    RunContext& run = *node.run;
    InFlight& part = run.part_of(node);
    if (!part.try_enter()) {
        // Its own `end` is the last that may begin something, and holds a unit of the part.
        const ThreadContext* here = run.context_if_here();
        if (here == nullptr || here->ending != &node) return nullptr;
        part.enter();
    }
    const bool told_to_end = node.source && run.shutdown.sources_end();
    if (told_to_end) run.tell_to_stop(node);
    if (told_to_end || run.shutdown.cancelled()) {
        part.leave();
        return nullptr;
    }
    run.state_of(node).spontaneous.fetch_add(1, std::memory_order_relaxed);
    auto* call = new Call;
    call->thread = &run.context_here();
    call->node = &node;
    call->kind = Call::Kind::spontaneous;
    return call;
}

void finish(Call& call) {
    RunContext& run = call.thread->run;
    const Node& node = *call.node;
    if (call.scratch != nullptr) call.thread->scratch.release(call.scratch);
    delete &call;
    run.state_of(node).spontaneous.fetch_sub(1, std::memory_order_relaxed);
    run.part_of(node).leave();
}

}  // namespace flowrun::engine
