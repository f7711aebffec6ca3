#pragma once
// The interface of what stands behind an async edge: the in-memory ring, and whatever else can hold messages until they
// are delivered. A queue never waits; who finds it full or empty waits on the edge.

#include <cstddef>
#include <cstdint>

#include "base/error.hh"
#include "base/world.hh"
#include "queue/meta.hh"
#include "value/value.hh"

namespace flowrun::queue {

struct Item {
    value::Value body;
    Meta meta;
    Time queued = 0;             // when it was accepted, on the run's clock; 0: nobody needs it
    std::uint64_t lease = 0;     // what the queue knows it by while it is out; 0 in a queue that forgets what it gave
    std::uint32_t attempts = 0;  // made so far
    std::uint64_t bytes = 0;     // what it keeps alive, as counted by the queue that holds it
};

struct Depth {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

class Queue {
public:
    virtual ~Queue() = default;

    // Takes as many of the n items as there is room for, from the front, and says how many; those are moved from. An
    // item larger than the byte bound is taken when the queue is empty. Any thread.
    virtual std::size_t push(Item* items, std::size_t n) = 0;
    // Moves up to n items out, oldest first. Any thread.
    virtual std::size_t take(Item* items, std::size_t n) = 0;
    // The item is done with: delivered, or failed for good and accounted for.
    virtual void ack(const Item& item) = 0;
    // The item is to be tried again later; until `again` or `ack` it counts as held.
    virtual void nack(const Item& item) = 0;
    virtual Depth depth() const = 0;
    // Whether a push of one more message would be refused now.
    virtual bool full() const = 0;
};

}  // namespace flowrun::queue
