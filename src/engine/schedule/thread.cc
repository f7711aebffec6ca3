#include "engine/schedule/thread.hh"

namespace flowrun::engine {

Time Thread::deadline() {
    Time at = deadline_.load(std::memory_order_relaxed);
    if (at < 0) {
        at = after(world.now(), allowed_);
        deadline_.store(at, std::memory_order_release);
    }
    return at;
}

void Thread::review_interrupt() {
    interrupt.store(0, std::memory_order_seq_cst);
    const Time at = deadline();
    const bool late = at != never && world.now() >= at;
    if (late || cancelled.load(std::memory_order_seq_cst) || abandoned.load(std::memory_order_seq_cst)) {
        interrupt.store(1, std::memory_order_seq_cst);
    }
}

}  // namespace flowrun::engine
