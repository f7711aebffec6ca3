#include "trace/tail.hh"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace flowrun::trace {

namespace {

constexpr std::uint32_t swept_every = 32;  // threads begun
constexpr std::size_t most_kinds = 20;     // of failures that are shown
constexpr std::size_t most_hops = 30;      // of one message

// Which message a hop belongs to: those of one trace may be many.
using Whose = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;
Whose whose(const Span& span) { return {span.trace.high, span.trace.low, span.message}; }

std::int64_t end_of(const Span& span) { return span.start + span.handled; }

void sort_by_end(std::vector<Span>& spans) {
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return end_of(a) < end_of(b); });
}

// What two messages that fared alike have in common. Numbers in an error tell of the message, not of the kind.
std::string shape_of(const std::vector<const Span*>& hops) {
    std::string shape;
    for (const Span* hop : hops) {
        shape += std::to_string(hop->edge) + "/" + std::to_string(hop->node) + "/";
        shape += name_of(hop->outcome);
        if (hop->note != nullptr && hop->note->code != Code::ok) {
            shape += name_of(hop->note->code);
            for (const char c : hop->note->error) {
                const bool digit = c >= '0' && c <= '9';
                if (!digit || !shape.ends_with('#')) shape += digit ? '#' : c;
            }
        }
        shape += '\n';
    }
    return shape;
}

struct Kind {
    std::vector<const Span*> first;  // the hops of the first message of it
    std::size_t messages = 0;
};

// In the order in which the first of each came to its end.
std::vector<Kind> kinds_of(const std::vector<Span>& spans) {
    std::map<Whose, std::vector<const Span*>> by_message;
    std::vector<Whose> order;
    for (const Span& span : spans) {
        auto& hops = by_message[whose(span)];
        if (hops.empty()) order.push_back(whose(span));
        hops.push_back(&span);
    }
    std::vector<Kind> kinds;
    std::map<std::string, std::size_t> by_shape;
    for (const Whose& message : order) {
        const auto [found, is_new] = by_shape.emplace(shape_of(by_message[message]), kinds.size());
        if (is_new) kinds.push_back({std::move(by_message[message]), 0});
        ++kinds[found->second].messages;
    }
    return kinds;
}

void put(Block& out, std::string_view before, std::size_t number, std::string_view after) {
    out.append(before);
    out.append(std::to_string(number));
    out.append(after);
}

void print_kind(const Kind& kind, Format& format, Block& out) {
    const std::size_t shown = std::min(kind.first.size(), most_hops), left_out = kind.first.size() - shown;
    if (left_out > 0) put(out, "  ", left_out, " hops before these\n");
    for (std::size_t i = left_out; i < kind.first.size(); ++i) format.line(*kind.first[i], out);
    if (kind.messages == 2) out.append("  one more message fared like this\n");
    if (kind.messages > 2) put(out, "  ", kind.messages - 1, " more messages fared like this\n");
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

// With what has been done for the message before, on whatever thread.
void Tail::pin(Lane& lane, const Span& failed) {
    std::vector<Span> before;
    lanes_.each([&](Lane& one, bool) {
        std::lock_guard lock(one.mutex);
        for (const Span& span : one.spans) {
            if (whose(span) == whose(failed)) before.push_back(copy_of(span));
        }
        return true;
    });
    std::lock_guard lock(lane.mutex);
    ++lane.failures;
    std::move(before.begin(), before.end(), std::back_inserter(lane.pinned));
    lane.pinned.push_back(copy_of(failed));
}

bool Tail::bad(const Span& span) const {
    return span.outcome == Outcome::failed || span.outcome == Outcome::late ||
           (claimed_too_ && span.outcome == Outcome::claimed);
}

void Tail::span(Span&& span) {
    Lane& lane = lanes_.mine();
    bool first = false;
    if (bad(span) && lane.failures < pinned) pin(lane, span);
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
        std::move(lane.spans.begin(), lane.spans.end(), std::back_inserter(ended_));
        std::move(lane.pinned.begin(), lane.pinned.end(), std::back_inserter(pinned_by_ended_));
        return false;
    });
    sort_by_end(ended_);
    sort_by_end(pinned_by_ended_);
    if (ended_.size() > kept) ended_.erase(ended_.begin(), ended_.end() - static_cast<std::ptrdiff_t>(kept));
    if (pinned_by_ended_.size() > kept) pinned_by_ended_.resize(kept);
}

// Each hop once, in order of their ends.
std::vector<Span> Tail::of_failures() {
    std::lock_guard lock(mutex_);
    std::vector<Span> all;
    const auto add = [&all](const std::vector<Span>& spans) {
        for (const Span& span : spans) all.push_back(copy_of(span));
    };
    add(ended_);
    add(pinned_by_ended_);
    lanes_.each([&](Lane& lane, bool) {
        std::lock_guard lane_lock(lane.mutex);
        add(lane.spans);
        add(lane.pinned);
        return true;
    });
    std::set<Whose> failed;
    for (const Span& span : all) {
        if (bad(span)) failed.insert(whose(span));
    }
    std::set<SpanId> seen;
    std::erase_if(all, [&](const Span& span) { return !failed.contains(whose(span)) || !seen.insert(span.id).second; });
    sort_by_end(all);
    return all;
}

void Tail::print(Format& format, Block& out) {
    const std::vector<Span> spans = of_failures();
    const std::vector<Kind> kinds = kinds_of(spans);
    for (std::size_t i = 0; i < std::min(kinds.size(), most_kinds); ++i) print_kind(kinds[i], format, out);
    if (kinds.size() > most_kinds) put(out, "  and failures of ", kinds.size() - most_kinds, " more kinds\n");
}

}  // namespace flowrun::trace
