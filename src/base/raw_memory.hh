#pragma once
// Bytes of malloc() that, where there are none, ask for what the memory reserve keeps, as operator new does.

#include <cstddef>
#include <cstdlib>
#include <new>

namespace flowrun {

// As realloc(), but throws bad_alloc; the block is as it was then. To be freed with std::free.
inline void* reallocated(void* block, std::size_t bytes) {
    for (;;) {
        if (void* const grown = std::realloc(block, bytes); grown != nullptr) return grown;
        const std::new_handler more = std::get_new_handler();
        if (more == nullptr) throw std::bad_alloc();
        more();  // frees what there is, or throws
    }
}
inline void* allocated(std::size_t bytes) { return reallocated(nullptr, bytes); }

}  // namespace flowrun
