#pragma once
// The one seam for time and waiting. No other code reads a clock, sleeps, starts a thread, sets a timer or waits on a
// condition. Two implementations: Machine (machine.hh), the real one; and Virtual (virtual.hh), in which one runnable
// thread at a time holds a baton, a seed draws who is next, and time jumps to the next timer when nobody can run.
//
// What it does not promise: fairness, or that a wait ends no earlier than asked without cause. Wait in a loop.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "base/mutex_lock.hh"

namespace flowrun {

using Time = std::int64_t;      // nanoseconds on the run's monotonic clock
using Duration = std::int64_t;  // nanoseconds
inline constexpr Time never = std::numeric_limits<Time>::max();

inline constexpr Duration microsecond = 1'000;
inline constexpr Duration millisecond = 1'000'000;
inline constexpr Duration second = 1'000'000'000;

// `t + d`, not beyond `never`.
constexpr Time after(Time t, Duration d) { return d >= never - t ? never : t + d; }

// What a waiter waits on, always together with one mutex. Used through a World only; lives as long as its last waiter.
class Condition {
public:
    Condition() = default;
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

private:
    friend class Machine;
    friend class Virtual;
    std::condition_variable real_;
    std::list<void*> waiting_;  // Virtual's threads, in order of arrival
};

class World {
public:
    using Job = std::function<void()>;
    using TimerId = std::uint64_t;
    using WatchId = std::uint64_t;

    // A started thread; joined when destroyed. Move only.
    class Thread {
    public:
        struct Handle {
            virtual ~Handle() = default;
            virtual void join() = 0;
            virtual void detach() = 0;
        };
        Thread() = default;
        explicit Thread(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
        Thread(Thread&&) = default;
        Thread& operator=(Thread&& other) noexcept {
            join();
            handle_ = std::move(other.handle_);
            return *this;
        }
        ~Thread() { join(); }
        void join() {
            if (handle_) handle_->join();
            handle_.reset();
        }
        // Lets it go on by itself: only for a thread whose foreign code may never return.
        void detach() {
            if (handle_) handle_->detach();
            handle_.reset();
        }
        explicit operator bool() const { return handle_ != nullptr; }

    private:
        std::unique_ptr<Handle> handle_;
    };

    virtual ~World() = default;

    virtual Time now() = 0;
    virtual std::int64_t wall() = 0;  // nanoseconds since 1970

    // Name: at most 15 characters are shown. An empty Thread where the system refuses one (its bounds of threads or memory);
    // the job has not run then.
    [[nodiscard]] virtual Thread start(std::string name, Job job) = 0;

    // Waits until woken or `until`; false when the time has come. May wake without cause.
    virtual bool wait(Condition& condition, std::unique_lock<std::mutex>& lock, Time until) = 0;
    bool wait(Condition& condition, MutexLock& lock, Time until) {
        return wait(condition, MutexLock::Lent(lock).lock(), until);
    }
    virtual void wake_one(Condition& condition) = 0;
    virtual void wake_all(Condition& condition) = 0;

    // Runs `job` once at `when` on the timer thread: it must be short and must not wait.
    virtual TimerId at(Time when, Job job) = 0;
    // True when the job will not run any more; false when it has run or is running.
    virtual bool cancel(TimerId timer) = 0;

    // Whether the descriptor can be read (or written) now without waiting, or is broken.
    virtual bool ready(int fd, bool write) = 0;
    // Runs `job` once, on the timer thread, when the descriptor can be read (or written) without waiting, or is broken.
    // What cannot be waited for, as a regular file, is ready at once. The descriptor must stay open until the job has
    // begun or unwatch has returned true.
    virtual WatchId watch(int fd, bool write, Job job) = 0;
    virtual bool unwatch(WatchId id) = 0;  // true when the job will not run any more

    // A place where another thread might have run: Virtual may pass the baton here, Machine does nothing.
    virtual void step() {}
    virtual bool steps() const { return false; }  // whether step() does anything
};

}  // namespace flowrun
