#include "engine/backlog.hh"

#include <algorithm>
#include <cassert>
#include <utility>

namespace flowrun::engine {

void Backlog::list(Keys::value_type& entry) {
    entry.second.listed = true;
    ready_keys_.push_back(&entry);
    ready_ += entry.second.waiting.size();
}

void Backlog::forget_if_empty(Keys::iterator at) {
    const Key& key = at->second;
    if (key.out == 0 && key.waiting.empty() && !key.listed) keys_.erase(at);
}

void Backlog::put(std::unique_ptr<Parcel> parcel) {
    ++size_;
    parcel->arrived = ++arrived_;
    if (order_ == flow::Order::none) {
        unordered_.push_back(std::move(parcel));
        ++ready_;
        return;
    }
    if (order_ == flow::Order::by_key) parcel->key = parcel->item.meta.key();
    auto& entry = *keys_.try_emplace(parcel->key).first;
    entry.second.waiting.push_back(std::move(parcel));
    if (entry.second.listed) {
        ++ready_;
    } else if (entry.second.out == 0) {
        list(entry);
    }
}

Time Backlog::oldest() const {
    Time oldest = never;
    if (!unordered_.empty()) oldest = unordered_.front()->item.queued;
    // A batch that waits to be full is larger than what is ready, and so than the number of keys here.
    for (const auto* entry : ready_keys_) oldest = std::min(oldest, entry->second.waiting.front()->item.queued);
    return oldest;
}

Parcels Backlog::take(std::uint64_t n) {
    Parcels taken;
    auto take_from = [&](std::deque<std::unique_ptr<Parcel>>& waiting) {
        taken.push_back(std::move(waiting.front()));
        waiting.pop_front();
        --ready_;
        --size_;
    };
    while (taken.size() < n && !unordered_.empty()) take_from(unordered_);
    while (taken.size() < n && !ready_keys_.empty()) {
        auto& key = ready_keys_.front()->second;
        ready_keys_.pop_front();
        key.listed = false;
        for (; taken.size() < n && !key.waiting.empty(); ++key.out) take_from(key.waiting);
        ready_ -= key.waiting.size();  // the rest waits for those that are out now
    }
    return taken;
}

void Backlog::done(const Parcel& parcel) {
    if (order_ == flow::Order::none) return;
    auto at = keys_.find(parcel.key);
    assert(at != keys_.end() && at->second.out != 0);
    if (--at->second.out != 0) return;
    if (!at->second.waiting.empty()) list(*at);
    forget_if_empty(at);
}

std::unique_ptr<Parcel> Backlog::drop_oldest() {
    std::deque<std::unique_ptr<Parcel>>* from = unordered_.empty() ? nullptr : &unordered_;
    Keys::iterator found = keys_.end();
    for (auto at = keys_.begin(); at != keys_.end(); ++at) {
        auto& waiting = at->second.waiting;
        if (waiting.empty()) continue;
        if (from != nullptr && from->front()->arrived < waiting.front()->arrived) continue;
        from = &waiting;
        found = at;
    }
    if (from == nullptr) return nullptr;
    std::unique_ptr<Parcel> dropped = std::move(from->front());
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
