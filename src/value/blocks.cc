#include "value/blocks.hh"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "base/raw_memory.hh"
#include "base/spin_lock.hh"

namespace flowrun::value {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif

constexpr std::size_t step = 64;            // sizes are multiples of it
constexpr std::size_t classes = 8;          // the largest that is kept: 512 bytes
constexpr std::uint32_t batch = 32;         // blocks that are passed on at a time
constexpr std::uint32_t most_shared = 256;  // batches of a size

// A block that nobody uses.
struct Free {
    Free* next;        // in its batch
    Free* next_batch;  // of the first of a batch
};

std::size_t class_of(std::size_t size) { return (size + step - 1) / step - 1; }

// Whole batches of one size, for any thread.
class Shared {
public:
    // nullptr: there is none.
    Free* take() {
        const SpinLocked lock(lock_);
        Free* first = first_;
        if (first == nullptr) return nullptr;
        first_ = first->next_batch;
        --count_;
        return first;
    }
    bool give(Free* first) {
        const SpinLocked lock(lock_);
        if (count_ == most_shared) return false;
        first->next_batch = std::exchange(first_, first);
        ++count_;
        return true;
    }

private:
    SpinLock lock_{LockRank::blocks};
    Free* first_ GUARDED_BY(lock_) = nullptr;
    std::uint32_t count_ GUARDED_BY(lock_) = 0;
};

// Never destroyed: threads that outlive main let blocks go as well.
std::array<Shared, classes>& shared() {
    static auto& only = *new std::array<Shared, classes>;
    return only;
}

// Of one thread and one size: a batch that is being used up or filled, and a whole one.
struct Kept {
    Free* first = nullptr;
    std::uint32_t count = 0;
    Free* whole = nullptr;
};

void free_all(Free* block) {
    while (block != nullptr) std::free(std::exchange(block, block->next));
}

struct Thread {
    std::array<Kept, classes> kept;
    ~Thread();
};
// Whether this thread's blocks have gone already: its last documents may come after.
thread_local bool gone = false;
thread_local Thread here;

Thread::~Thread() {
    gone = true;
    for (std::size_t i = 0; i < classes; ++i) {
        free_all(std::exchange(kept[i].first, nullptr));
        if (kept[i].whole != nullptr && !shared()[i].give(kept[i].whole)) free_all(kept[i].whole);
    }
}

}  // namespace

void* allocate_block(std::size_t size) {
    const std::size_t of = class_of(size);
    if (!keeps || of >= classes || gone) return allocated(of < classes ? (of + 1) * step : size);
    Kept& kept = here.kept[of];
    if (kept.first == nullptr) {
        kept.first = kept.whole != nullptr ? std::exchange(kept.whole, nullptr) : shared()[of].take();
        if (kept.first == nullptr) return allocated((of + 1) * step);
        kept.count = batch;
    }
    --kept.count;
    void* const block = std::exchange(kept.first, kept.first->next);
    // The next one was let go on another processor, as like as not: it comes over meanwhile.
    if (kept.first != nullptr) __builtin_prefetch(kept.first, 1);
    return block;
}

void free_block(void* block, std::size_t size) {
    const std::size_t of = class_of(size);
    if (!keeps || of >= classes || gone) return std::free(block);
    Kept& kept = here.kept[of];
    if (kept.count == batch) {
        if (kept.whole != nullptr && !shared()[of].give(kept.whole)) free_all(kept.whole);
        kept.whole = std::exchange(kept.first, nullptr);
        kept.count = 0;
    }
    kept.first = new (block) Free{kept.first, nullptr};
    ++kept.count;
}

}  // namespace flowrun::value
