#include "engine/edge/batch.hh"

#include <algorithm>
#include <memory>

#include "engine/call/conclude.hh"
#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"
#include "engine/graph/guarded.hh"

namespace flowrun::engine {
namespace {

using Messages = std::vector<QueuedMessage>;

// The statuses are each call's own, or one that holds for all.
std::vector<std::int32_t> call_all(ThreadContext& thread, const Frame& frame, const Messages& messages,
                                   std::vector<Call>& calls) {
    const Edge& edge = *frame.edge;
    std::vector<flowrun_call*> handles;
    std::vector<const flowrun_value*> bodies;
    std::vector<std::int32_t> statuses(messages.size(), FLOWRUN_OK);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        Call& call = calls[i];
        call.thread = &thread;
        call.node = edge.to;
        call.meta = &messages[i].item.meta;
        call.message = messages[i].item.body.get();
        call.attempt = frame.number;
        call.batched = true;
        handles.push_back(handle_of(call));
        bodies.push_back(handle_of(call.message));
    }
    const std::int32_t all =
        guarded(*edge.to, edge.to->table.handle_batch, edge.to->self_of(frame.instance), handles.data(), edge.port,
                bodies.data(), statuses.data(), std::uint64_t{messages.size()});
    if (all != FLOWRUN_OK) std::fill(statuses.begin(), statuses.end(), all);
    return statuses;
}

void write_spans(ThreadContext& thread, Frame frame, const Messages& messages, const std::vector<CallResult>& results) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const queue::Item& item = messages[i].item;
        frame.queued = item.queued;
        frame.parent_before = item.meta.parent;
        if (i != 0) frame.span = thread.run.ids.span();
        write_span(thread, frame, item.meta, outcome_of(thread, results[i]), results[i].error.get());
    }
}

}  // namespace

value::Value list_of(const Messages& messages) {
    value::Builder builder;
    builder.list();
    for (const QueuedMessage& message : messages) builder.value(*message.item.body.get());
    builder.end();
    const value::Node* list = builder.finish();
    return list == nullptr ? value::Value() : value::Value::keep(*list);
}

std::vector<CallResult> handle_batch(ThreadContext& thread, const Edge& edge, const Messages& messages,
                                     const Entry& entry) {
    Frame& pushed = thread.stack.push(edge, nullptr);
    clear_frame(pushed);
    pushed.meta = &messages.front().item.meta;
    pushed.message = messages.front().item.body.get();
    pushed.number = entry.number;
    pushed.attempt = true;
    thread.parent = pushed.meta->parent;
    const Duration timeout = edge.spec->timeout;
    const Time expires = std::min(entry.last, timeout == 0 ? never : after(thread.world.now(), timeout));
    CallResult refused = enter_node(thread, pushed, expires);
    std::vector<Call> calls(messages.size());
    std::vector<std::int32_t> statuses;
    if (!refused.failed()) {
        ++thread.depth;
        statuses = call_all(thread, thread.stack.back(), messages, calls);
        --thread.depth;
    }
    unlock_instance(thread.stack.back());
    restore_deadline(thread, thread.stack.back());
    Frame frame = thread.stack.back();
    thread.stack.pop();
    if (frame.span != 0) frame.end = thread.world.now();
    std::vector<CallResult> results;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        results.push_back(refused.failed() ? CallResult(std::make_unique<Error>(*refused.error))
                                           : conclude(calls[i], statuses[i]));
    }
    if (frame.span != 0) write_spans(thread, frame, messages, results);
    thread.parent = 0;
    return results;
}

}  // namespace flowrun::engine
