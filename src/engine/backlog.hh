#pragma once
// Messages that have left an edge's ring and wait to be delivered, in the order that the edge promises: by key, at most
// one delivery of a key is out; with one key for all that is fifo; without an order any number is out. No thread of its
// own and no lock: its owner has one.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/world.hh"
#include "flow/flow.hh"
#include "queue/queue.hh"

namespace flowrun::engine {

// A message that has left the ring and has no result yet. Keeps its address: a call that was given up may still read it.
struct Parcel {
    queue::Item item;
    Time last = never;          // when the edge's deadline for it passes
    std::string key;            // by which the backlog holds it
    std::uint64_t arrived = 0;  // its number in the backlog
};
using Parcels = std::vector<std::unique_ptr<Parcel>>;

class Backlog {
public:
    explicit Backlog(flow::Order order) : order_(order) {}

    void put(std::unique_ptr<Parcel> parcel);
    // How many may be taken now.
    std::uint64_t ready() const { return ready_; }
    std::uint64_t size() const { return size_; }
    // When the oldest of those ready was accepted; `never`: none is ready.
    Time oldest() const;
    // Up to n of those ready. Their keys are out until each of them is done.
    Parcels take(std::uint64_t n);
    void done(const Parcel& parcel);
    // The oldest of those that wait, whether it might be taken or not; empty: none waits.
    std::unique_ptr<Parcel> drop_oldest();

private:
    struct Key {
        std::deque<std::unique_ptr<Parcel>> waiting;
        std::uint64_t out = 0;
        bool listed = false;  // in ready_keys_
    };
    using Keys = std::unordered_map<std::string, Key>;

    void list(Keys::value_type& entry);
    void forget_if_empty(Keys::iterator at);

    const flow::Order order_;
    Keys keys_;                                 // fifo and by_key
    std::deque<Keys::value_type*> ready_keys_;  // with messages that wait and none out
    std::deque<std::unique_ptr<Parcel>> unordered_;
    std::uint64_t ready_ = 0, size_ = 0, arrived_ = 0;
};

}  // namespace flowrun::engine
