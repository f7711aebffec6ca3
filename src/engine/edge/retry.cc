#include "engine/edge/retry.hh"

#include <algorithm>
#include <cmath>

#include "engine/call/run_context.hh"
#include "engine/call/steps.hh"

namespace flowrun::engine {

Duration backoff(const flow::Backoff& retry, std::uint32_t made, const Error& error, std::uint64_t random) {
    const double whole = static_cast<double>(retry.first) * std::pow(retry.factor, made - 1);
    double most = std::min(whole, static_cast<double>(retry.max));
    const double share = static_cast<double>(random >> 11) * 0x1p-53;  // [0, 1)
    if (retry.jitter == flow::Jitter::full) most *= share;
    if (retry.jitter == flow::Jitter::equal) most = most / 2 + most / 2 * share;
    return std::max(static_cast<Duration>(most), error.retry_after);
}

std::optional<Time> next_attempt(ThreadContext& thread, const Edge& edge, const queue::Meta* meta,
                                 const value::Node* message, CallResult& failed, std::uint32_t made, Time last) {
    failed.error->attempts = std::max(failed.error->attempts, made);
    // What a durable queue keeps is tried again by a later run.
    const bool kept = edge.spec->queue.durable();
    if (made >= edge.spec->retry.attempts || (!kept && !thread.run.retries())) return {};
    if (!worth_retrying(thread, edge, meta, message, failed)) return {};
    const Time at = after(thread.world.now(), backoff(edge.spec->retry, made, *failed.error, thread.random()));
    if (at >= last) return {};
    return at;
}

}  // namespace flowrun::engine
