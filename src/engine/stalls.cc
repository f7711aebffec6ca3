#include "engine/stalls.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/hops.hh"
#include "engine/lane.hh"
#include "engine/pump.hh"
#include "engine/run.hh"

namespace flowrun::engine {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

Time look_after(Time now, Duration after) { return flowrun::after(now, std::max<Duration>(after / 4, millisecond)); }

std::uint64_t settled(const Counts& c) {
    return c.ok.load(relaxed) + c.failed.load(relaxed) + c.claimed.load(relaxed) + c.retried.load(relaxed);
}

std::uint64_t happened(const Lane& lane) {
    std::uint64_t sum = lane.begun.load(relaxed);
    for (std::size_t i = 0; i < lane.run.graph.edges.size(); ++i) {
        const Counts& c = lane.counts[i];
        sum += lane.runs[i].begun.load(relaxed);
        sum += settled(c) + c.accepted.load(relaxed) + c.filtered.load(relaxed) + c.dropped.load(relaxed);
    }
    return sum;
}

std::string waits_for(const Lane& lane, const Edge& edge) {
    const std::string& node = edge.to->name;
    switch (lane.waits.load(relaxed)) {
        case Lane::Wait::none: return fmt::format("'{}' has not returned", node);
        case Lane::Wait::time: return fmt::format("'{}' sleeps", node);
        case Lane::Wait::descriptor: return fmt::format("'{}' waits for a descriptor", node);
        case Lane::Wait::gate: return fmt::format("it waits for '{}', which is busy", node);
        case Lane::Wait::answer: return fmt::format("it waits for the answer of '{}'", node);
        case Lane::Wait::branches: return fmt::format("'{}' waits for its other branches", node);
        case Lane::Wait::room: {
            const Edge* full = lane.waits_for.load(std::memory_order_acquire);
            return fmt::format("'{}' waits for room in the queue of {}", node, full == nullptr ? "" : full->name);
        }
    }
    return {};
}

}  // namespace

Stalls::Stalls(Run& run, Duration after)
    : run_(run), after_(after), next_(after == 0 ? never : look_after(run.world.now(), after)) {}

bool Stalls::stalled(Mark& mark, const Edge* edge, std::uint64_t done, Time now) const {
    if (edge == nullptr || edge != mark.edge || done != mark.done) {
        mark = {edge, done, now, false};
        return false;
    }
    return now - mark.since >= after_ && !std::exchange(mark.told, true);
}

void Stalls::look_at(const Lane& lane, Time now) {
    Mark& mark = lanes_[&lane];
    const Edge* edge = lane.trail.seen();
    if (!stalled(mark, edge, happened(lane), now)) return;
    run_.reporter.notice(Level::warn, fmt::format("nothing has happened on {} for {}: {}", edge->name, duration(after_),
                                                  waits_for(lane, *edge)));
}

// Deliveries that hold no thread: their component has said that it will answer later.
void Stalls::look_at_pending(const Edge& edge, Time now) {
    std::uint64_t executing = edge.pump->executing(), done = 0;
    run_.each_lane([&](Lane& lane) {
        done += settled(lane.counts[edge.index]);
        if (lane.trail.seen() == &edge) executing = 0;  // told of as such
    });
    if (!stalled(pending_[&edge], executing == 0 ? nullptr : &edge, done, now)) return;
    run_.reporter.notice(Level::warn, fmt::format("nothing has happened on {} for {}: it waits for the answer of '{}'",
                                                  edge.name, duration(after_), edge.to->name));
}

void Stalls::look() {
    Time now = run_.world.now();
    if (now < next_) return;
    next_ = look_after(now, after_);
    run_.each_lane([&](Lane& lane) { look_at(lane, now); });
    for (auto& edge : run_.graph.edges) {
        if (edge->pump) look_at_pending(*edge, now);
    }
}

std::string Stalls::doing(const Lane& lane) {
    const Edge* edge = lane.trail.seen();
    return edge == nullptr ? std::string() : fmt::format("on {}: {}", edge->name, waits_for(lane, *edge));
}

}  // namespace flowrun::engine
