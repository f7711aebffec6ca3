#include "engine/attempts.hh"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "engine/companion.hh"
#include "engine/hops.hh"
#include "engine/route.hh"
#include "engine/run.hh"
#include "engine/steps.hh"
#include "engine/waits.hh"

namespace flowrun::engine {
namespace {

// Whether the attempt has to run on a companion: its deadline is earlier than the one in force, and the callee may never look.
bool aside(Lane& lane, const Edge& edge, const Entry& entry) {
    return edge.foreign && entry.expires < lane.deadline.load(std::memory_order_relaxed);
}

// Waits before the next attempt; false: there will be none, and lane.error says why the last failed.
bool goes_on(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message, Time last) {
    std::uint32_t made = lane.error->attempts;
    if (!lane.run.retries() || worth_retrying(lane, edge, meta, message) <= 0) return false;
    std::unique_ptr<Error> error = std::move(lane.error);
    Duration wait = backoff(edge.spec->retry, made, *error, lane.random());
    bool in_time = after(lane.run.world.now(), wait) < last;
    if (in_time && wait_backoff(lane, wait) == FLOWRUN_OK) return true;
    lane.error = std::move(error);
    return false;
}

std::int32_t retried(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    const flow::EdgeSpec& spec = *edge.spec;
    Run& run = lane.run;
    const Time last = spec.deadline == 0 ? never : after(run.watch.now(), spec.deadline);
    for (std::uint32_t made = 1;; ++made) {
        Entry entry;
        entry.attempt = true;
        entry.number = made;
        entry.claims = made >= spec.retry.attempts;
        entry.expires = std::min(last, spec.timeout == 0 ? never : after(run.watch.now(), spec.timeout));
        std::int32_t status = attempt(lane, edge, meta, message, entry);
        if (status >= 0 || entry.claims) return status;
        lane.error->attempts = made;
        if (goes_on(lane, edge, meta, message, last)) {
            add(lane.counts[edge.index].retried);
            continue;
        }
        status = claim(lane, *edge.to, meta, message);
        lane.claimed = status >= 0;
        return status;
    }
}

}  // namespace

Duration backoff(const flow::Backoff& retry, std::uint32_t made, const Error& error, std::uint64_t random) {
    double whole = static_cast<double>(retry.first) * std::pow(retry.factor, made - 1);
    double most = std::min(whole, static_cast<double>(retry.max));
    double share = static_cast<double>(random >> 11) * 0x1p-53;  // [0, 1)
    if (retry.jitter == flow::Jitter::full) most *= share;
    if (retry.jitter == flow::Jitter::equal) most = most / 2 + most / 2 * share;
    return std::max(static_cast<Duration>(most), error.retry_after);
}

std::int32_t attempt(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message, Entry entry) {
    if (!aside(lane, edge, entry)) return hop(lane, edge, meta, message, entry);
    bool claims = std::exchange(entry.claims, false);
    entry.then = nullptr;
    std::int32_t status = Companion::call(lane, edge, meta, message, entry);
    if (status >= 0 || !claims) return status;
    lane.error->attempts = entry.number;
    status = claim(lane, *edge.to, meta, message);
    lane.claimed = status >= 0;
    return status;
}

std::int32_t attempts(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message) {
    Counts& counts = lane.counts[edge.index];
    add(counts.accepted);
    if (lane.interrupt.load(std::memory_order_relaxed) != 0) {
        if (std::int32_t status = interrupted(lane); status != 0) {
            add(counts.failed);
            return status;
        }
    }
    Steps taken = steps(lane, edge, meta, message);
    std::int32_t status = taken.status;
    if (status >= 0 && !taken.filtered) {
        lane.claimed = false;
        status = retried(lane, edge, taken.own_meta != nullptr ? taken.own_meta : meta, taken.message);
        add(status < 0 ? counts.failed : lane.claimed ? counts.claimed : counts.ok);
    } else {
        add(status < 0 ? counts.failed : counts.filtered);
    }
    if (taken.made != nullptr) lane.give_back(taken.made);
    delete taken.own_meta;
    return status;
}

}  // namespace flowrun::engine
