#pragma once
// A thread that starts children, moves what they read and print, and sees them end. As few of them as there are cores
// serve all nodes; no thread is held for a child.
//
// Not the host's own timers and descriptors: one thread serves them for the whole run, and to start a process holds a
// thread up.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "descriptor.hh"
#include "launch.hh"

namespace flowrun::core::exec {

using Time = std::int64_t;  // nanoseconds, monotonic
constexpr Time never = std::numeric_limits<Time>::max();
constexpr Time milliseconds(std::int64_t n) { return n * 1'000'000; }
Time after(Time time, std::int64_t duration);  // `never` rather than beyond it

// One descriptor that a loop watches.
class Watcher {
public:
    virtual void ready(std::uint32_t events) = 0;

protected:
    ~Watcher() = default;
};

// Something that is to be done at a time.
class Alarm {
public:
    virtual void ring() = 0;

protected:
    ~Alarm() = default;

private:
    friend class Loop;
    Time at_ = never;
};

class Loop {
public:
    // What a loop owns until it is buried: a process.
    class Handle {
    public:
        virtual ~Handle() = default;

    private:
        friend class Loop;
        std::size_t place_ = 0;  // in the loop's list
    };

    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();  // no handle is left, or it is destroyed

    // Any thread. Done soon, on the loop's thread, in order. It must not throw.
    void post(std::function<void()> act);
    std::uint32_t load() const { return load_.load(std::memory_order_relaxed); }
    void add_load(std::int32_t n) { load_.fetch_add(static_cast<std::uint32_t>(n), std::memory_order_relaxed); }

    static Time now();

    // --- on the loop's thread only ---
    bool watch(int fd, std::uint32_t events, Watcher& watcher);
    void unwatch(int fd);
    // Closing alone is not enough: a process that another loop is starting may hold the file for a moment longer, and
    // with it what watches it.
    void close(Descriptor& watched);
    void set(Alarm& alarm, Time at);  // never: not at all
    LaunchPad& pad() { return pad_; }
    int nothing() const { return nothing_.get(); }  // /dev/null
    char* block() { return block_.get(); }          // to read into
    static constexpr std::size_t block_size = std::size_t{64} << 10U;
    void take(std::unique_ptr<Handle> handle);
    void bury(Handle& handle);  // destroyed when nobody here looks at it any more
    const std::vector<std::unique_ptr<Handle>>& handles() const { return handles_; }

private:
    void run();
    bool run_posted();  // true: there are more
    int wait() const;   // milliseconds to the next alarm; -1: none
    void ring();

    LaunchPad pad_;
    Descriptor epoll_, wake_, nothing_;
    std::unique_ptr<char[]> block_;
    std::atomic<std::uint32_t> load_ = 0;
    std::mutex mutex_;  // guards the three below
    std::deque<std::function<void()>> posted_;
    bool woken_ = false, ending_ = false;
    std::set<std::pair<Time, Alarm*>> alarms_;
    std::vector<std::unique_ptr<Handle>> handles_, buried_;
    std::thread thread_;
};

// The loops of the process. They run while somebody holds them.
class Loops {
public:
    static std::shared_ptr<Loops> shared();
    Loop& least_busy();
    std::vector<std::unique_ptr<Loop>>& all() { return loops_; }

    Loops();

private:
    std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace flowrun::core::exec
