#pragma once
// The in-memory queue: a ring. It has as many places as there may be messages inside; whoever pushes has made sure that there
// is one (engine/room/room.hh). Indices only grow: what is held is the difference, and each is written by one side alone.
//
// Pushes come one at a time, and so do takes; a push and a take may meet.

#include <atomic>
#include <memory>
#include <utility>

#include "queue/queue.hh"

namespace flowrun::queue {

class Ring final : public Queue {
public:
    explicit Ring(std::uint64_t places);  // at least 1
    ~Ring() override;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    void place(Item&& item) {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        prefetch<1>(tail);
        std::construct_at(&items_[tail & mask_], std::move(item));
        tail_.store(tail + 1, std::memory_order_release);
    }
    bool take_one(Item& item) {
        Item* const first = front();
        if (first == nullptr) return false;
        item = std::move(*first);
        pop();
        return true;
    }
    // The oldest, in its place until pop(); nullptr: there is none. The takers'.
    Item* front() {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        if (tail_seen_ == head) {
            tail_seen_ = tail_.load(std::memory_order_acquire);
            if (tail_seen_ == head) return nullptr;
        }
        prefetch<0>(head);
        return &items_[head & mask_];
    }
    void pop() {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        std::destroy_at(&items_[head & mask_]);
        head_.store(head + 1, std::memory_order_release);
    }
    std::uint64_t size() const {
        const std::uint64_t head = head_.load(std::memory_order_acquire);
        return tail_.load(std::memory_order_acquire) - head;
    }
    bool empty() const { return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire); }

    void open(Listener&) override {}
    Pushed push(Item& item, std::uint64_t push) override;
    std::size_t take(Item* items, std::size_t n) override;
    void ack(std::uint64_t) override {}
    void nack(std::uint64_t, Duration, std::uint32_t, const Error*) override {}
    void reject(std::uint64_t, const Error&) override {}
    void extend(std::uint64_t, Duration, std::uint32_t, const Error&) override {}
    Depth depth() const override { return {size(), 0}; }
    void close() override {}
    bool forgets() const override { return true; }

private:
    // The places a little further on were used by the other side's processor: they come over meanwhile.
    template <int writes>
    void prefetch(std::uint64_t at) const {
        constexpr std::uint64_t ahead = 4;
        const char* const place = reinterpret_cast<const char*>(&items_[(at + ahead) & mask_]);
        __builtin_prefetch(place, writes);
        __builtin_prefetch(place + 64, writes);
    }

    const std::uint64_t mask_;
    Item* const items_;  // raw memory: an Item lives in it from push to take

    alignas(64) std::atomic<std::uint64_t> tail_{0};  // messages ever pushed
    alignas(64) std::atomic<std::uint64_t> head_{0};  // messages ever taken
    std::uint64_t tail_seen_ = 0;                     // the takers'
};

}  // namespace flowrun::queue
