#include "queue/ring.hh"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace flowrun::queue {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

std::unique_lock<Latch> locked_if(bool wanted, Latch& latch) {
    return wanted ? std::unique_lock(latch) : std::unique_lock(latch, std::defer_lock);
}

}  // namespace

// The memory is as large as the bound from the start: a bound in the millions costs address space, not pages.
Ring::Ring(Bounds bounds)
    : bounds_(bounds), mask_(std::bit_ceil(std::max<std::uint64_t>(bounds.messages, 1)) - 1),
      items_(std::allocator<Item>().allocate(mask_ + 1)) {
    assert(bounds.messages >= 1);
}

Ring::~Ring() {
    for (std::uint64_t at = head_.load(relaxed); at != tail_.load(relaxed); ++at) std::destroy_at(&items_[at & mask_]);
    std::allocator<Item>().deallocate(items_, mask_ + 1);
}

bool Ring::room(std::uint64_t tail, std::uint64_t size) {
    auto fits = [&] {
        std::uint64_t held = held_.load(relaxed), messages = tail - head_seen_ + held;
        std::uint64_t bytes = bytes_in_.load(relaxed) - bytes_out_seen_ + held_bytes_.load(relaxed);
        return messages < bounds_.messages && (messages == 0 || bytes + size <= bounds_.bytes);
    };
    if (fits()) return true;
    bytes_out_seen_ = bytes_out_.load(std::memory_order_acquire);
    head_seen_ = head_.load(std::memory_order_acquire);
    return fits();
}

std::size_t Ring::push(Item* items, std::size_t n) {
    auto lock = locked_if(lock_push_, push_latch_);
    std::uint64_t tail = tail_.load(relaxed), bytes = 0;
    std::size_t taken = 0;
    for (; taken < n; ++taken, ++tail) {
        std::uint64_t size = items[taken].body.footprint();
        if (!room(tail, bytes + size)) break;
        bytes += size;
        items[taken].bytes = size;
        std::construct_at(&items_[tail & mask_], std::move(items[taken]));
    }
    if (taken != 0) {
        bytes_in_.store(bytes_in_.load(relaxed) + bytes, relaxed);
        tail_.store(tail, std::memory_order_release);
    }
    return taken;
}

std::size_t Ring::take(Item* items, std::size_t n, bool held) {
    auto lock = locked_if(lock_take_, take_latch_);
    std::uint64_t head = head_.load(relaxed), bytes = 0;
    if (tail_seen_ - head < n) tail_seen_ = tail_.load(std::memory_order_acquire);
    std::size_t count = std::min<std::uint64_t>(n, tail_seen_ - head);
    for (std::size_t i = 0; i < count; ++i) {
        Item& from = items_[(head + i) & mask_];
        bytes += from.bytes;
        items[i] = std::move(from);
        std::destroy_at(&from);
    }
    if (count != 0) {
        if (held) hold(count, bytes);  // before it no longer counts as queued
        bytes_out_.store(bytes_out_.load(relaxed) + bytes, std::memory_order_release);
        head_.store(head + count, std::memory_order_release);
    }
    return count;
}

void Ring::hold(std::uint64_t messages, std::uint64_t bytes) {
    held_.fetch_add(messages, relaxed);
    held_bytes_.fetch_add(bytes, relaxed);
}

void Ring::unhold(std::uint64_t messages, std::uint64_t bytes) {
    held_.fetch_sub(messages, relaxed);
    held_bytes_.fetch_sub(bytes, relaxed);
}

Depth Ring::depth() const {
    Depth depth;
    std::uint64_t head = head_.load(std::memory_order_acquire), out = bytes_out_.load(std::memory_order_acquire);
    depth.messages = tail_.load(std::memory_order_acquire) - head + held_.load(relaxed);
    depth.bytes = bytes_in_.load(relaxed) - out + held_bytes_.load(relaxed);
    return depth;
}

bool Ring::full() const { return room() == 0; }

std::uint64_t Ring::room() const {
    Depth now = depth();
    return now.bytes >= bounds_.bytes || now.messages >= bounds_.messages ? 0 : bounds_.messages - now.messages;
}

}  // namespace flowrun::queue
