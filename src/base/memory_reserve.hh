#pragma once
// What is left when the system gives no more memory: a block kept for it, so that one failed allocation kills nobody and what
// the run does last (to stop, to tell its account) still succeeds.
//
// Promises: the first operator new that fails after keep() or refill() is tried again with that much more free memory. The next
// one throws bad_alloc as ever; where nobody catches that, the process ends with a line that says so and exit code 69, instead of
// by abort(). Not promised: anything about malloc(), which libraries deal with, or about a kernel that grants more than it has.

namespace flowrun {

class MemoryReserve {
public:
    static void keep();    // once, early in main
    static bool lost();    // it was kept, and has been used; any thread
    static bool refill();  // any thread; false: it is spent, and there is no memory to keep
};

}  // namespace flowrun
