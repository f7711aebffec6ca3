#include "queue/ring.hh"

#include <algorithm>
#include <bit>
#include <utility>

namespace flowrun::queue {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

// The memory is as large as the bound from the start: a bound in the millions costs address space, not pages.
Ring::Ring(std::uint64_t places)
    : mask_(std::bit_ceil(std::max<std::uint64_t>(places, 1)) - 1), items_(std::allocator<Item>().allocate(mask_ + 1)) {
}

Ring::~Ring() {
    for (std::uint64_t at = head_.load(relaxed); at != tail_.load(relaxed); ++at) std::destroy_at(&items_[at & mask_]);
    std::allocator<Item>().deallocate(items_, mask_ + 1);
}

Queue::Pushed Ring::push(Item& item, std::uint64_t) {
    place(std::move(item));
    return Pushed::held;
}

std::size_t Ring::take(Item* items, std::size_t n) {
    std::size_t taken = 0;
    while (taken < n && take_one(items[taken])) ++taken;
    return taken;
}

}  // namespace flowrun::queue
