#pragma once
// Finds hops in which nothing has happened for long, and says once of each what it waits for. Looks now and then, from the
// thread that waits for the run's end: a hop pays nothing for it, and neither does a run that is over before the first look.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/call/run_context.hh"
#include "engine/edge/async_edge.hh"

namespace flowrun::engine {

class StallDetector {
public:
    // `after`: how old a hop has to be; 0: never looks.
    StallDetector(RunContext& run, const std::vector<std::unique_ptr<AsyncEdge>>& queues, Duration after);

    Time next_look() const { return next_; }
    void look();

    // What a thread of the run is doing: "on a -> b: it waits for room in the queue of b ~> c". Empty: nothing.
    static std::string doing(const ThreadContext& thread);
    // What a node is doing: "busy", "1 call pending", "closed", "ready" and so on.
    static std::string doing(RunContext& run, const Node& node);

private:
    struct Mark {
        const void* place = nullptr;
        std::uint64_t done = 0;  // a sum that grows with whatever happens there
        Time since = 0;
        bool told = false;
    };
    bool stalled(Mark& mark, const void* place, std::uint64_t done, Time now) const;
    void look_at(ThreadContext& thread, Time now);
    void look_at_pending(const AsyncEdge& queue, Time now);
    void look_at_spontaneous(const Node& node, Time now);

    RunContext& run_;
    const std::vector<std::unique_ptr<AsyncEdge>>& queues_;
    const Duration after_;
    Time next_;
    std::map<const void*, Mark> marks_;
};

}  // namespace flowrun::engine
