#include "engine/edge/sync_edge.hh"

#include <utility>

#include "engine/call/enter.hh"
#include "engine/call/error_route.hh"
#include "engine/call/guarded_call.hh"
#include "engine/call/run_context.hh"
#include "engine/call/steps.hh"
#include "engine/call/waits.hh"
#include "engine/edge/retry.hh"

namespace flowrun::engine {
namespace {

CallResult attempts(ThreadContext& thread, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    Entry entry;
    entry.attempt = true;
    entry.last = edge.spec->deadline == 0 ? never : after(thread.world.now(), edge.spec->deadline);
    for (;; ++entry.number) {
        const bool guarded = GuardedCall::wanted(thread, edge, entry);
        entry.routes_error = !guarded && entry.number >= edge.spec->retry.attempts;
        CallResult result = guarded ? GuardedCall::call(thread, edge, meta, message, entry)
                                    : call_edge(thread, edge, meta, message, entry);
        if (!result.failed() || entry.routes_error) return result;
        const auto next = next_attempt(thread, edge, meta, message, result, entry.number, entry.last);
        if (next && wait_backoff(thread, *next)) {
            add(thread.counts[edge.index].retried);
            continue;
        }
        return to_error_route(thread, *edge.to, meta, message, std::move(result));
    }
}

}  // namespace

CallResult call_with_policy(ThreadContext& thread, const Edge& edge, const queue::Meta* meta,
                            const value::Node* message, const Entry&) {
    Counts& counts = thread.counts[edge.index];
    add(counts.accepted);
    if (thread.interrupt.load(std::memory_order_relaxed) != 0) {
        if (CallResult result = interrupted(thread); result.failed()) return add(counts.failed), std::move(result);
    }
    Steps taken = take_steps(thread, edge, meta, message);
    CallResult result = std::move(taken.result);
    if (result.failed()) {
        add(counts.failed);
    } else if (taken.filtered) {
        result.filtered = true;
        add(counts.filtered);
    } else {
        result = attempts(thread, edge, taken.own_meta != nullptr ? taken.own_meta : meta, taken.message);
        add(result.failed() ? counts.failed : result.handled ? counts.claimed : counts.ok);
    }
    if (taken.made != nullptr) thread.scratch.release(taken.made);
    delete taken.own_meta;
    return result;
}

}  // namespace flowrun::engine
