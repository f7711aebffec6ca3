#include "engine/edge/keyed_queue.hh"

#include <algorithm>
#include <cassert>
#include <utility>

namespace flowrun::engine {

std::string KeyedQueue::key_of(const QueuedMessage& message) const {
    return order_ == flow::Order::by_key ? message.item.meta.key() : std::string();
}

void KeyedQueue::list(Keys::value_type& entry) {
    entry.second.listed = true;
    ready_keys_.push_back(&entry);
    ready_ += entry.second.waiting.size();
}

void KeyedQueue::forget_if_empty(Keys::iterator at) {
    const Key& key = at->second;
    if (key.out == 0 && key.waiting.empty() && !key.listed) keys_.erase(at);
}

void KeyedQueue::put(QueuedMessage message) {
    ++size_;
    ++arrived_;
    if (order_ == flow::Order::none) {
        unordered_.push_back({std::move(message), arrived_});
        ++ready_;
        return;
    }
    auto& entry = *keys_.try_emplace(key_of(message)).first;
    entry.second.waiting.push_back({std::move(message), arrived_});
    if (entry.second.listed) {
        ++ready_;
    } else if (entry.second.out == 0) {
        list(entry);
    }
}

Time KeyedQueue::oldest() const {
    Time oldest = never;
    if (!unordered_.empty()) oldest = unordered_.front().message.item.queued;
    // A batch that waits to be full is larger than what is ready, and so than the number of keys here.
    for (const auto* entry : ready_keys_) oldest = std::min(oldest, entry->second.waiting.front().message.item.queued);
    return oldest;
}

void KeyedQueue::take(std::uint64_t n, std::vector<QueuedMessage>& into) {
    auto take_from = [&](std::deque<Waiting>& waiting) {
        into.push_back(std::move(waiting.front().message));
        waiting.pop_front();
        --ready_;
        --size_;
        --n;
    };
    while (n != 0 && !unordered_.empty()) take_from(unordered_);
    while (n != 0 && !ready_keys_.empty()) {
        Key& key = ready_keys_.front()->second;
        ready_keys_.pop_front();
        key.listed = false;
        for (; n != 0 && !key.waiting.empty(); ++key.out) take_from(key.waiting);
        ready_ -= key.waiting.size();  // the rest waits for those that are out now
    }
}

void KeyedQueue::done(const QueuedMessage& message) {
    if (order_ == flow::Order::none) return;
    auto at = keys_.find(key_of(message));
    assert(at != keys_.end() && at->second.out != 0);
    if (--at->second.out != 0) return;
    if (!at->second.waiting.empty()) list(*at);
    forget_if_empty(at);
}

std::optional<QueuedMessage> KeyedQueue::drop_oldest() {
    std::deque<Waiting>* from = unordered_.empty() ? nullptr : &unordered_;
    Keys::iterator found = keys_.end();
    for (auto at = keys_.begin(); at != keys_.end(); ++at) {
        auto& waiting = at->second.waiting;
        if (waiting.empty()) continue;
        if (from != nullptr && from->front().arrived < waiting.front().arrived) continue;
        from = &waiting;
        found = at;
    }
    if (from == nullptr) return {};
    QueuedMessage dropped = std::move(from->front().message);
    from->pop_front();
    --size_;
    if (found == keys_.end() || found->second.listed) --ready_;
    if (found != keys_.end() && found->second.listed && from->empty()) {
        ready_keys_.erase(std::find(ready_keys_.begin(), ready_keys_.end(), &*found));
        found->second.listed = false;
    }
    if (found != keys_.end()) forget_if_empty(found);
    return dropped;
}

}  // namespace flowrun::engine
