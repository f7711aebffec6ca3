// A fast path of an async edge whose messages go one after another and need nothing but the call: no result is made, nothing is
// put aside for a retry, and a message that its node forwards as it came moves from this ring into the next. Proved by P2.
//
// Sound because nothing is left out: such a hop has no lock, no deadline, no expression and no span (Edge::plain_within), so
// that all that is to be done after a handler that is done, or that has forwarded, is to count. Whatever else a handler answers
// leaves this path with its call as it is, to be finished as any other.
#include <utility>

#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"
#include "engine/graph/guarded.hh"

namespace flowrun::engine {

unsigned AsyncEdge::go_straight(ThreadContext& thread, Delivery& delivery, unsigned most,
                                std::optional<CallResult>& rest) {
    const Edge& edge = edge_;
    const Node& node = *edge.to;
    Counts& counts = thread.counts[edge.index];
    if (!begins(delivery)) return 0;
    clear_frame(thread.stack.push(edge, &edge));
    ++thread.depth;
    unsigned done = 0;
    while (done < most && thread.interrupt.load(std::memory_order_relaxed) == 0) {
        queue::Item* const item = ring_->front();
        if (item == nullptr || run_.shutdown.cancelled()) break;
        run_.step();
        room_.leave_alone(item->bytes);
        if (room_.waiting() != 0) run_.watchdog.need();
        thread.parent = item->meta.parent;
        Call call;
        call.thread = &thread;
        call.node = &node;
        call.meta = &item->meta;
        call.message = item->body.get();
        thread.stack.back().meta = call.meta;
        const std::int32_t status =
            guarded(node, edge.handle, edge.self, handle_of(call), edge.port, handle_of(call.message));
        bool over = status == FLOWRUN_OK && call.scratch == nullptr && call.forwarded == nullptr;
        if (status == FLOWRUN_FORWARDED && call.forwarded == call.message && call.scratch == nullptr &&
            call.forward_port < node.outlets.size()) {
            const Outlet& outlet = node.outlets[call.forward_port];
            over = outlet.only != nullptr ? outlet.only->bare && outlet.only->queue->push_at_once(thread, *item)
                                          : outlet.edges.empty();
        }
        if (!over) {
            delivery.messages.resize(1);
            delivery.messages.front().item = std::move(*item);
            ring_->pop();
            --thread.depth;
            rest.emplace(delivery.finish_straight(thread, call, status));
            thread.parent = 0;
            return done;
        }
        ring_->pop();
        add(counts.ok);
        gauge_.leave_alone();
        ++done;
        had_turn(done);
    }
    --thread.depth;
    thread.parent = 0;
    thread.stack.pop();
    return done;
}

}  // namespace flowrun::engine
