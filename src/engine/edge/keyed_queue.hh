#pragma once
// Messages that have left an edge's queue and wait to be delivered, in the order that the edge promises: by key, at most one
// delivery of a key is out; with one key for all that is fifo; without an order any number is out. No thread of its own and
// no lock: its owner has one.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/world.hh"
#include "flow/flow.hh"
#include "queue/queue.hh"

namespace flowrun::engine {

// A message that has left the queue and has no result yet.
struct QueuedMessage {
    queue::Item item;
    Time last = never;  // when the edge's deadline for it passes
};

class KeyedQueue {
public:
    explicit KeyedQueue(flow::Order order) : order_(order) {}

    void put(QueuedMessage message);
    // How many may be taken now.
    std::uint64_t ready() const { return ready_; }
    std::uint64_t size() const { return size_; }
    // When the oldest of those ready was accepted; `never`: none is ready.
    Time oldest() const;
    // Moves up to n of those ready to the end of `into`. Their keys are out until each of them is done.
    void take(std::uint64_t n, std::vector<QueuedMessage>& into);
    void done(const QueuedMessage& message);
    // The oldest of those that wait, whether it might be taken or not.
    std::optional<QueuedMessage> drop_oldest();

private:
    struct Waiting {
        QueuedMessage message;
        std::uint64_t arrived;
    };
    struct Key {
        std::deque<Waiting> waiting;
        std::uint64_t out = 0;
        bool listed = false;  // in ready_keys_
    };
    using Keys = std::unordered_map<std::string, Key>;

    std::string key_of(const QueuedMessage& message) const;
    void list(Keys::value_type& entry);
    void forget_if_empty(Keys::iterator at);

    const flow::Order order_;
    Keys keys_;                                 // fifo and by_key
    std::deque<Keys::value_type*> ready_keys_;  // with messages that wait and none out
    std::deque<Waiting> unordered_;
    std::uint64_t ready_ = 0, size_ = 0, arrived_ = 0;
};

}  // namespace flowrun::engine
