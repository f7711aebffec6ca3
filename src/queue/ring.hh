#pragma once
// The in-memory queue: a ring bounded by messages and by bytes.
//
// Producers are serialised by one lock and takers by another, so one of each side never meet; a side that is known to
// have one thread only goes without its lock. Indices and byte counts only grow: what is held is the difference, and
// each is written by one side alone.

#include <atomic>
#include <memory>
#include <mutex>

#include "queue/latch.hh"
#include "queue/queue.hh"

namespace flowrun::queue {

class Ring final : public Queue {
public:
    struct Bounds {
        std::uint64_t messages = 1024;  // at least 1
        std::uint64_t bytes = std::uint64_t{64} << 20;
    };
    explicit Ring(Bounds bounds);
    ~Ring() override;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    std::size_t push(Item* items, std::size_t n) override;
    std::size_t take(Item* items, std::size_t n) override { return take(items, n, false); }
    void ack(const Item&) override {}
    void nack(const Item&) override {}
    Depth depth() const override;
    bool full() const override;

    // Messages that can be taken, those held not among them.
    std::uint64_t queued() const {
        std::uint64_t head = head_.load(std::memory_order_acquire);
        return tail_.load(std::memory_order_acquire) - head;
    }
    // How many more messages fit, as far as the count goes; 0 when the bytes are full.
    std::uint64_t room() const;
    bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }
    // As take, but what is taken is held.
    std::size_t take_held(Item* items, std::size_t n) { return take(items, n, true); }
    // Messages that are out and yet count against the bounds: not begun, or to be tried again.
    void hold(std::uint64_t messages, std::uint64_t bytes);
    void unhold(std::uint64_t messages, std::uint64_t bytes);

    // To be called before the first push or take: that side has one thread.
    void one_producer() { lock_push_ = false; }
    void one_taker() { lock_take_ = false; }

private:
    bool room(std::uint64_t tail, std::uint64_t size);
    std::size_t take(Item* items, std::size_t n, bool held);

    const Bounds bounds_;
    const std::uint64_t mask_;
    Item* items_;  // raw memory: an Item lives in it from push to take
    bool lock_push_ = true, lock_take_ = true;

    alignas(64) Latch push_latch_;
    std::atomic<std::uint64_t> tail_{0};      // messages ever pushed
    std::atomic<std::uint64_t> bytes_in_{0};  // bytes ever pushed
    std::uint64_t head_seen_ = 0, bytes_out_seen_ = 0;

    alignas(64) Latch take_latch_;
    std::atomic<std::uint64_t> head_{0};  // messages ever let go: taken and not held
    std::atomic<std::uint64_t> bytes_out_{0};
    std::uint64_t tail_seen_ = 0;
    alignas(64) std::atomic<std::uint64_t> held_{0}, held_bytes_{0};
};

}  // namespace flowrun::queue
