#include "engine/run/stall_detector.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "engine/call/enter.hh"

namespace flowrun::engine {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

Time look_after(Time now, Duration after) { return flowrun::after(now, std::max<Duration>(after / 4, millisecond)); }

std::uint64_t settled(const Counts& c) {
    return c.ok.load(relaxed) + c.failed.load(relaxed) + c.claimed.load(relaxed) + c.retried.load(relaxed);
}

std::uint64_t happened(const ThreadContext& thread) {
    std::uint64_t sum = thread.begun.load(relaxed);
    for (std::size_t i = 0; i < thread.run.graph.edges.size(); ++i) {
        const Counts& c = thread.counts[i];
        sum += thread.runs[i].begun.load(relaxed);
        sum += settled(c) + c.accepted.load(relaxed) + c.filtered.load(relaxed) + c.dropped.load(relaxed);
    }
    return sum;
}

std::string waits_for(const ThreadContext& thread, const Edge& edge) {
    const std::string& node = edge.to->name;
    switch (thread.waits.load(relaxed)) {
        case Thread::Wait::none: return fmt::format("'{}' has not returned", node);
        case Thread::Wait::time: return fmt::format("'{}' sleeps", node);
        case Thread::Wait::descriptor: return fmt::format("'{}' waits for a descriptor", node);
        case Thread::Wait::instance: return fmt::format("it waits for '{}', which is busy", node);
        case Thread::Wait::answer: return fmt::format("it waits for the answer of '{}'", node);
        case Thread::Wait::branches: return fmt::format("'{}' waits for its other branches", node);
        case Thread::Wait::room: {
            const Edge* full = thread.waits_for.load(std::memory_order_acquire);
            return fmt::format("'{}' waits for room in the queue of {}", node, full == nullptr ? "" : full->name);
        }
    }
    return {};
}

}  // namespace

StallDetector::StallDetector(RunContext& run, const std::vector<std::unique_ptr<AsyncEdge>>& queues, Duration after)
    : run_(run), queues_(queues), after_(after), next_(after == 0 ? never : look_after(run.world.now(), after)) {}

bool StallDetector::stalled(Mark& mark, const void* place, std::uint64_t done, Time now) const {
    if (place == nullptr || place != mark.place || done != mark.done) {
        mark = {place, done, now, false};
        return false;
    }
    return now - mark.since >= after_ && !std::exchange(mark.told, true);
}

void StallDetector::look_at(ThreadContext& thread, Time now) {
    const Edge* edge = thread.stack.seen();
    if (!stalled(marks_[&thread], edge, happened(thread), now)) return;
    run_.reporter.notice(Level::warn, fmt::format("nothing has happened on {} for {}: {}", edge->name, shown(after_),
                                                  waits_for(thread, *edge)));
}

// Deliveries that hold no thread: their component has said that it will answer later.
void StallDetector::look_at_pending(const AsyncEdge& queue, Time now) {
    const Edge& edge = queue.edge();
    std::uint64_t executing = queue.executing(), done = 0;
    run_.each_context([&](ThreadContext& thread) {
        done += settled(thread.counts[edge.index]);
        if (thread.stack.seen() == &edge) executing = 0;  // told of as such
    });
    if (!stalled(marks_[&queue], executing == 0 ? nullptr : &edge, done, now)) return;
    run_.reporter.notice(Level::warn, fmt::format("nothing has happened on {} for {}: it waits for the answer of '{}'",
                                                  edge.name, shown(after_), edge.to->name));
}

void StallDetector::look_at_spontaneous(const Node& node, Time now) {
    const std::uint32_t open = run_.state_of(node).spontaneous.load();
    if (!stalled(marks_[&node], open == 0 ? nullptr : &node, open, now)) return;
    run_.reporter.notice(
        Level::warn, fmt::format("'{}' has begun {} call{} by itself and has not finished {} for {}", node.name, open,
                                 open == 1 ? "" : "s", open == 1 ? "it" : "them", shown(after_)));
}

void StallDetector::look() {
    const Time now = run_.world.now();
    if (now < next_) return;
    next_ = look_after(now, after_);
    run_.each_context([&](ThreadContext& thread) { look_at(thread, now); });
    for (auto& queue : queues_) look_at_pending(*queue, now);
    for (auto& node : run_.graph.nodes) look_at_spontaneous(*node, now);
}

std::string StallDetector::doing(const ThreadContext& thread) {
    const Edge* edge = thread.stack.seen();
    return edge == nullptr ? std::string() : fmt::format("on {}: {}", edge->name, waits_for(thread, *edge));
}

std::string StallDetector::doing(RunContext& run, const Node& node) {
    const NodeState& state = run.state_of(node);
    std::uint64_t calls = 0;
    run.each_context([&](const ThreadContext& thread) {
        thread.stack.look([&](const Edge& newest, const Edge*) { calls += newest.to == &node ? 1 : 0; });
    });
    std::string text;
    auto say = [&](std::uint64_t n, const char* what) {
        if (n != 0) text += fmt::format("{}{} call{} {}", text.empty() ? "busy: " : ", ", n, n == 1 ? "" : "s", what);
    };
    say(calls, "in progress");
    say(state.pending.load(), "to be answered later");
    say(state.spontaneous.load(), "of its own open");
    say(state.abandoned.load(), "given up and not back");
    if (!text.empty()) return text;
    if (state.entered.load() != nullptr) return "busy";
    return run.part_of(node).closed() ? "closed" : "ready";
}

}  // namespace flowrun::engine
