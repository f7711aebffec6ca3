#pragma once
// Memory for documents. Most are small, made on one thread and let go on another, which is what a general allocator does worst:
// each such block goes back to the arena of the thread that made it, under that arena's lock. Here each thread keeps a few
// blocks of each small size, and passes them on to others many at a time.
//
// What it keeps is bounded: some 100 KiB a thread, 4 MiB in all. Under a sanitizer it keeps nothing, so that each block's use
// is seen.

#include <cstddef>

namespace flowrun::value {

// Never nullptr (throws std::bad_alloc); aligned for every plain type.
void* allocate_block(std::size_t size);
// `size`: as asked for. Any thread.
void free_block(void* block, std::size_t size);

}  // namespace flowrun::value
