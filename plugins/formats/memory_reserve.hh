#pragma once
// A block kept for when the system gives no more memory. A plugin that brings a C++ runtime of its own has an operator new of its
// own as well, which knows nothing of the runner's reserve; so one failed allocation would end a destructor, or a callback from
// which nothing may be thrown, and the process with it.
//
// Promises: the first operator new of the plugin that fails is tried again with that much more free memory. The next one throws
// bad_alloc as ever.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace flowrun::formats {

class MemoryReserve {
public:
    // Where somebody cares already, as the runner does that has the same runtime, nothing is kept.
    MemoryReserve() noexcept {
        if (std::get_new_handler() != nullptr) return;
        block().store(std::malloc(bytes));
        std::set_new_handler(give);
    }

private:
    static constexpr std::size_t bytes = std::size_t{64} << 10U;

    static std::atomic<void*>& block() {
        static constinit std::atomic<void*> kept{nullptr};
        return kept;
    }
    static void give() {
        void* const kept = block().exchange(nullptr);
        if (kept == nullptr) throw std::bad_alloc();
        std::free(kept);  // operator new tries again
    }
};

}  // namespace flowrun::formats
