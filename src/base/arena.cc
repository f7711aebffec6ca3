#include "base/arena.hh"

#include <algorithm>

namespace flowrun {
namespace {

constexpr std::size_t kept = 1u << 20;  // the largest block that reset keeps

}  // namespace

void Arena::grow(std::size_t bytes) {
    const std::size_t twice = blocks_.empty() ? first_ : std::min(blocks_.back().size * 2, kept);
    const std::size_t size = std::max(bytes, twice);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    at_ = blocks_.back().memory.get();
    end_ = at_ + size;
}

void Arena::rewind() {
    used_ = 0;
    if (blocks_.empty()) return;
    if (blocks_.size() > 1) {
        const auto best = std::max_element(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
            return (a.size <= kept ? a.size : 0) < (b.size <= kept ? b.size : 0);
        });
        std::swap(*best, blocks_.front());
        blocks_.resize(1);
    }
    if (blocks_.front().size > kept) blocks_.clear();
    at_ = blocks_.empty() ? nullptr : blocks_.front().memory.get();
    end_ = blocks_.empty() ? nullptr : at_ + blocks_.front().size;
}

}  // namespace flowrun
