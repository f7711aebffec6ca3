#pragma once
// A queue in memory that goes on in a store when it is full, and comes back in order.
//
// What is pushed stays in memory while there is room and nothing lies in the store; else it goes there, until the store is empty
// again. What is taken comes from memory first, which holds the older ones. A message that was taken out of the store is one in
// memory from then on: it is gone there, and is lost in a kill as any other.
//
// Promises: the order of the pushes, which come one after another; nothing is lost between the two. What lies in the store when the
// run ends, however that happens, is there for the next. Not promised: that one which was taken out of the store just before a
// kill does not come again.

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "queue/queue.hh"

namespace flowrun::queue {

class SpillQueue final : public Queue, private Queue::Listener {
public:
    struct Bounds {
        std::uint64_t messages, bytes;  // in memory
    };
    SpillQueue(std::unique_ptr<Queue> store, Bounds bounds);
    ~SpillQueue() override;
    SpillQueue(const SpillQueue&) = delete;
    SpillQueue& operator=(const SpillQueue&) = delete;

    void open(Queue::Listener& listener) override;
    Pushed push(Item& item, std::uint64_t push) override;
    std::size_t take(Item* items, std::size_t n) override;
    void ack(std::uint64_t) override {}
    void nack(std::uint64_t, Duration, std::uint32_t, const Error*) override {}
    void reject(std::uint64_t, const Error&) override {}
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    Depth depth() const override;
    // What lies in the store stays there; what is in memory is given out.
    void drain() override;
    void close() override;
    bool forgets() const override { return true; }
    bool spills() const override { return true; }
    std::uint64_t stays() const override;

private:
    bool has_room(const Item& item) const;
    void no_more(std::uint64_t messages);

    void pushed(std::uint64_t push, const Error* why) override;
    void arrived() override { listener_->arrived(); }
    void settled(std::uint64_t, const Error*) override {}  // one that could not be noted comes again, as after a kill
    void lost(std::uint64_t messages, const Error& why) override;
    void added(std::uint64_t messages) override;
    void removed(std::uint64_t messages) override;
    void broken(const Error& why) override { listener_->broken(why); }
    void full(const Error* why) override { listener_->full(why); }

    const std::unique_ptr<Queue> store_;
    const Bounds bounds_;
    Queue::Listener* listener_ = nullptr;

    std::mutex taking_;         // while something is taken out of the store; before the other
    mutable std::mutex mutex_;  // the rest
    std::deque<Item> memory_;
    std::uint64_t bytes_ = 0;
    std::uint64_t stored_ = 0;  // in the store, or on the way there
    std::uint64_t on_the_way_ = 0;
    bool drained_ = false;
};

}  // namespace flowrun::queue
