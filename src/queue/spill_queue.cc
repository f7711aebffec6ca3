#include "queue/spill_queue.hh"

#include <algorithm>
#include <utility>

namespace flowrun::queue {

SpillQueue::SpillQueue(std::unique_ptr<Queue> store, Bounds bounds) : store_(std::move(store)), bounds_(bounds) {}
SpillQueue::~SpillQueue() { close(); }

void SpillQueue::open(Queue::Listener& listener) {
    listener_ = &listener;
    store_->open(*this);
    stored_ = store_->depth().messages;
}

void SpillQueue::close() { store_->close(); }

// One that is larger than the bound has room where nothing else is.
bool SpillQueue::has_room(const Item& item) const {
    return memory_.size() < std::max<std::uint64_t>(bounds_.messages, 1) &&
           (memory_.empty() || bytes_ + item.bytes <= bounds_.bytes);
}

Queue::Pushed SpillQueue::push(Item& item, std::uint64_t push) {
    {
        const std::scoped_lock lock(mutex_);
        if (stored_ == 0 && has_room(item)) {
            bytes_ += item.bytes;
            memory_.push_back(std::move(item));
            return Pushed::held;
        }
        ++stored_;
        ++on_the_way_;
    }
    const Pushed answer = store_->push(item, push);
    if (answer == Pushed::pending) return answer;
    const std::scoped_lock lock(mutex_);
    --on_the_way_;
    if (answer == Pushed::refused) --stored_;
    return answer;
}

std::size_t SpillQueue::take(Item* items, std::size_t n) {
    const std::scoped_lock alone(taking_);
    std::size_t taken = 0;
    bool more = false;
    {
        const std::scoped_lock lock(mutex_);
        for (; taken < n && !memory_.empty(); ++taken) {
            items[taken] = std::move(memory_.front());
            bytes_ -= items[taken].bytes;
            memory_.pop_front();
        }
        more = taken < n && stored_ != 0 && !drained_;
    }
    if (!more) return taken;
    const std::size_t out = store_->take(items + taken, n - taken);
    for (std::size_t i = taken; i < taken + out; ++i) store_->ack(std::exchange(items[i].lease, 0));
    const std::scoped_lock lock(mutex_);
    stored_ -= std::min<std::uint64_t>(stored_, out);
    return taken + out;
}

Depth SpillQueue::depth() const {
    const std::scoped_lock lock(mutex_);
    return {memory_.size() + stored_, bytes_};
}

std::uint64_t SpillQueue::stays() const {
    const std::scoped_lock lock(mutex_);
    return stored_ - std::min(stored_, on_the_way_);
}

// Of what is on its way it is said when it has arrived.
void SpillQueue::drain() {
    std::uint64_t kept = 0;
    {
        const std::scoped_lock lock(taking_, mutex_);
        if (std::exchange(drained_, true)) return;
        kept = stored_ - std::min(stored_, on_the_way_);
    }
    store_->drain();
    if (kept != 0) listener_->kept(kept);
}

void SpillQueue::pushed(std::uint64_t push, const Error* why) {
    bool kept = false;
    {
        const std::scoped_lock lock(mutex_);
        --on_the_way_;
        if (why != nullptr) --stored_;
        kept = why == nullptr && drained_;
    }
    listener_->pushed(push, why);
    if (kept) listener_->kept(1);
}

void SpillQueue::no_more(std::uint64_t messages) { stored_ -= std::min(stored_, messages); }

void SpillQueue::lost(std::uint64_t messages, const Error& why) {
    {
        const std::scoped_lock lock(mutex_);
        no_more(messages);
    }
    listener_->lost(messages, why);
}

void SpillQueue::added(std::uint64_t messages) {
    bool kept = false;
    {
        const std::scoped_lock lock(mutex_);
        stored_ += messages;
        kept = drained_;
    }
    if (!kept) listener_->added(messages);
}

// Of those that stay for a later run nobody counts on any.
void SpillQueue::removed(std::uint64_t messages) {
    bool kept = false;
    {
        const std::scoped_lock lock(mutex_);
        no_more(messages);
        kept = drained_;
    }
    if (!kept) listener_->removed(messages);
}

}  // namespace flowrun::queue
