#include "engine/schedule/timers.hh"

namespace flowrun::engine {

// Jobs of timers run one after another: when one of ours has come, those before it are over.
void Timers::settle() {
    if (!used_.exchange(false)) return;
    struct {
        Mutex mutex{LockRank::settling};
        Condition passed;
        bool over GUARDED_BY(mutex) = false;
    } last;
    world_.at(world_.now(), [&] {
        MutexLock lock(last.mutex);
        last.over = true;
        world_.wake_all(last.passed);
    });
    MutexLock lock(last.mutex);
    while (!last.over) world_.wait(last.passed, lock, never);
}

}  // namespace flowrun::engine
