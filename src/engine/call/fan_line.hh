#pragma once
// What a source sends ahead over several edges of one port: each message over the edges in written order, one after another, as
// where it is waited for; and on each edge the messages in the order in which they were sent. So one that waits for a queue's
// word holds up none behind it on that edge, and on the next edge all of them.
//
// Promises: `then` has the gathered result once, on this thread or one of the scheduler's, unless its continuation but notes it. A
// message enters an edge when the one before has entered it: has its place in the queue's line, or its result.

#include <cstdint>
#include <map>
#include <vector>

#include "base/mutex.hh"
#include "engine/call/continuation.hh"
#include "engine/call/entry.hh"
#include "engine/call/thread_context.hh"

namespace flowrun::engine {

class FanLine {
public:
    explicit FanLine(const Outlet& outlet)
        : outlet_(outlet), entered_(outlet.edges.size()), waiting_(entered_.size()) {}
    FanLine(const FanLine&) = delete;
    FanLine& operator=(const FanLine&) = delete;

    // Only the source's thread. `meta` and `message` stand until `then` has the result. What the thread's chain waits for is in
    // thread.left then; for a word where it is over.
    void send(ThreadContext& thread, const queue::Meta* meta, const value::Node* message, Continuation& then);

private:
    class Fan;
    void go_on(ThreadContext& thread, Fan* fan);
    void go_through(ThreadContext& thread, Fan& fan, std::vector<Fan*>& ready);
    bool may_enter(Fan& fan);
    Fan* entered(std::size_t edge, std::uint64_t number);
    bool has_entered(std::size_t edge, std::uint64_t number);

    const Outlet& outlet_;
    std::uint64_t sent_ = 0;
    Mutex mutex_{LockRank::fan_line};
    std::vector<std::uint64_t> entered_ GUARDED_BY(mutex_);                  // how many, by edge
    std::vector<std::map<std::uint64_t, Fan*>> waiting_ GUARDED_BY(mutex_);  // by edge and number: to enter it
};

}  // namespace flowrun::engine
