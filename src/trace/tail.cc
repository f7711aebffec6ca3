#include "trace/tail.hh"

#include <algorithm>
#include <utility>

namespace flowrun::trace {

namespace {
constexpr std::uint32_t swept_every = 32;  // threads begun

// Leaves the last by end.
void cut(std::vector<Span>& spans) {
    std::stable_sort(spans.begin(), spans.end(),
                     [](const Span& a, const Span& b) { return a.start + a.handled < b.start + b.handled; });
    if (spans.size() <= Tail::kept) return;
    spans.erase(spans.begin(), spans.end() - static_cast<std::ptrdiff_t>(Tail::kept));
}

}  // namespace

void Tail::Lane::keep(Span&& span) {
    const std::uint64_t at = count++ % kept;
    if (at < spans.size()) {
        spans[at] = std::move(span);
    } else {
        spans.push_back(std::move(span));
    }
}

std::vector<Span>& Tail::Lane::in_order() {
    if (spans.size() == kept) {
        std::rotate(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(count % kept), spans.end());
        count = 0;  // the oldest is now at 0, where the next one goes
    }
    return spans;
}

void Tail::span(Span&& span) {
    Lane& lane = lanes_.mine();
    bool first = false;
    {
        std::lock_guard lock(lane.mutex);
        first = lane.spans.empty();
        lane.keep(std::move(span));
    }
    // Threads may come and go by the thousand: now and then those that went leave their lanes.
    if (first && begun_.fetch_add(1, std::memory_order_relaxed) % swept_every == swept_every - 1) sweep();
}

void Tail::sweep() {
    std::lock_guard lock(mutex_);
    lanes_.each([this](Lane& lane, bool left) {
        if (!left) return true;
        std::lock_guard lane_lock(lane.mutex);
        for (Span& span : lane.in_order()) ended_.push_back(std::move(span));
        return false;
    });
    cut(ended_);
}

void Tail::print(Format& format, Block& out) {
    std::lock_guard lock(mutex_);
    std::vector<Span> last;
    for (const Span& span : ended_) last.push_back(copy_of(span));
    lanes_.each([&last](Lane& lane, bool) {
        std::lock_guard lane_lock(lane.mutex);
        for (const Span& span : lane.in_order()) last.push_back(copy_of(span));
        return true;
    });
    cut(last);
    for (const Span& span : last) format.line(span, out);
}

}  // namespace flowrun::trace
