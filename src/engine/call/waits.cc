#include "engine/call/waits.hh"

#include <algorithm>

#include "engine/call/enter.hh"
#include "engine/call/run_context.hh"

namespace flowrun::engine {
namespace {

class Blocked {
public:
    Blocked(ThreadContext& thread, Thread::Wait wait) : thread_(thread) { thread.run.scheduler.blocked(thread, wait); }
    ~Blocked() { thread_.run.scheduler.unblocked(thread_); }
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;

private:
    ThreadContext& thread_;
};

bool stops(const Call* call) { return call != nullptr && told_to_end(*call); }

// Waits on the thread until `ready()`, `until`, or an interruption; true: ready or the time has come.
template <class Ready>
bool wait_on(ThreadContext& thread, Thread::Wait wait, const Call* call, Time until, Ready&& ready) {
    const Blocked blocked(thread, wait);
    const Time deadline = thread.deadline();
    MutexLock lock(thread.mutex);
    for (;;) {
        if (ready()) return true;
        const Time now = thread.world.now();
        if (thread.cancelled.load() || thread.abandoned.load() || now >= deadline || stops(call)) { return false; }
        if (now >= until) return true;
        thread.world.wait(thread.woken, lock, std::min(until, deadline));
    }
}

CallResult why_woken(ThreadContext& thread, const Call* call) {
    CallResult result = interrupted(thread);
    if (result.failed()) return result;
    return failure(Code::cancelled, "the run is stopping", call == nullptr ? nullptr : call->node);
}

// A component gets only the code; what it says with it is its own.
std::int32_t as_code(Call& call, CallResult result) {
    if (result.failed()) call.more().last_error = std::move(result.error);
    return result.status;
}

}  // namespace

bool told_to_end(const Call& call) {
    if (call.kind != Call::Kind::source) return false;
    RunContext& run = call.thread->run;
    if (call.draining) return run.shutdown.cancelled();
    if (!run.shutdown.sources_end()) return false;
    run.tell_to_stop(*call.node);
    return true;
}

bool wait_backoff(ThreadContext& thread, Time until) {
    return wait_on(thread, Thread::Wait::time, nullptr, until, [&] { return thread.run.shutdown.hurried(); });
}

std::int32_t sleep(Call& call, Duration duration) {
    ThreadContext& thread = *call.thread;
    const Time until = after(thread.world.now(), std::max<Duration>(duration, 0));
    const bool whole = wait_on(thread, Thread::Wait::time, &call, until, [] { return false; });
    return whole ? FLOWRUN_OK : as_code(call, why_woken(thread, &call));
}

std::int32_t wait_fd(Call& call, int fd, bool write, Duration timeout) {
    ThreadContext& thread = *call.thread;
    World& world = thread.world;
    if (stopping(call) == 0 && world.ready(fd, write)) return FLOWRUN_OK;
    const Time until = timeout < 0 ? never : after(world.now(), timeout);
    bool ready = false;  // guarded by the thread's mutex
    const World::WatchId watch = world.watch(fd, write, [&] {
        MutexLock lock(thread.mutex);
        ready = true;
        world.wake_all(thread.woken);
    });
    const bool whole = wait_on(thread, Thread::Wait::descriptor, &call, until, [&] { return ready; });
    if (!world.unwatch(watch)) {
        // The job has run or is running: it must be done with our stack.
        MutexLock lock(thread.mutex);
        while (!ready) world.wait(thread.woken, lock, never);
    }
    if (ready) return FLOWRUN_OK;
    return whole ? FLOWRUN_E_UNAVAILABLE : as_code(call, why_woken(thread, &call));
}

std::int32_t wait_for_answers(ThreadContext& thread, Ahead& ahead, std::uint64_t most) {
    if (ahead.open() <= most) return FLOWRUN_OK;
    // Said at each look: an answer that came late for an earlier wait may have taken it back, and wakes the thread then.
    const auto few = [&] {
        ahead.wake_at(thread, most);
        return ahead.open() <= most;
    };
    const bool whole = wait_on(thread, Thread::Wait::answer, nullptr, never, few);
    ahead.waits_no_more();
    return whole ? FLOWRUN_OK : FLOWRUN_E_CANCELLED;
}

// Looks at the clock where there is a deadline: the watchdog's hint may come a tick later.
std::int32_t stopping(Call& call) {
    ThreadContext& thread = *call.thread;
    if (told_to_end(call)) return FLOWRUN_E_CANCELLED;
    if (thread.interrupt.load(std::memory_order_relaxed) == 0 && thread.deadline_seen() == never) return 0;
    return as_code(call, interrupted(thread));
}

}  // namespace flowrun::engine
