#pragma once
// A bounded queue of spans between one thread that records and one that writes. Neither side takes a lock.
//
// The stores to both ends and the loads that decide about sleeping are sequentially consistent: whoever is about to sleep
// says so first and looks at the ring again, so one of the two sides always sees the other.

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "trace/span.hh"

namespace flowrun::trace {

class Ring {
public:
    static constexpr std::size_t capacity = 4096;

    Ring() : slots_(static_cast<Slot*>(::operator new(capacity * sizeof(Slot)))) {}  // untouched until used
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring() {
        while (waiting() > 0) pop();
    }

    // The recording side. False, and `span` untouched: full.
    bool push(Span&& span) {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ == capacity) {
            head_seen_ = head_.load(std::memory_order_seq_cst);
            if (tail - head_seen_ == capacity) return false;
        }
        ::new (slot(tail)) Span(std::move(span));
        tail_.store(tail + 1, std::memory_order_seq_cst);
        return true;
    }
    // The recording side, after a push: whether this one made it half full, looked at now and then.
    bool half_full() {
        const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        if (tail % (capacity / 4) != 0) return false;
        head_seen_ = head_.load(std::memory_order_acquire);
        return tail - head_seen_ >= capacity / 2;
    }
    // The recording side.
    bool full() const {
        return tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_seq_cst) == capacity;
    }

    // The writing side: how many there are, then the oldest of them, and its end.
    std::uint64_t waiting() const {
        return tail_.load(std::memory_order_seq_cst) - head_.load(std::memory_order_relaxed);
    }
    const Span& front() const {
        return *std::launder(reinterpret_cast<const Span*>(slot(head_.load(std::memory_order_relaxed))));
    }
    void pop() {
        const std::uint64_t head = head_.load(std::memory_order_relaxed);
        assert(head != tail_.load(std::memory_order_relaxed));
        std::launder(reinterpret_cast<Span*>(slot(head)))->~Span();
        head_.store(head + 1, std::memory_order_release);
    }

private:
    struct alignas(Span) Slot {
        std::byte bytes[sizeof(Span)];
    };
    struct Free {
        void operator()(Slot* slots) const { ::operator delete(slots); }
    };
    Slot* slot(std::uint64_t at) const { return slots_.get() + at % capacity; }

    alignas(64) std::atomic<std::uint64_t> tail_ = 0;
    std::uint64_t head_seen_ = 0;
    alignas(64) std::atomic<std::uint64_t> head_ = 0;
    std::unique_ptr<Slot, Free> slots_;
};

}  // namespace flowrun::trace
