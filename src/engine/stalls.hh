#pragma once
// Finds hops in which nothing has happened for long, and says once of each what it waits for. Looks now and then, from the
// thread that waits for the run's end: a hop pays nothing for it, and neither does a run that is over before the first look.

#include <cstdint>
#include <map>
#include <string>

#include "base/world.hh"

namespace flowrun::engine {

struct Edge;
class Lane;
class Run;

class Stalls {
public:
    // `after`: how old a hop has to be; 0: never looks.
    Stalls(Run& run, Duration after);

    Time next_look() const { return next_; }
    void look();

    // What a thread of the run is doing: "in a -> b for 30s, which waits for room in the queue of b ~> c". Empty: nothing.
    static std::string doing(const Lane& lane);

private:
    struct Mark {
        const Edge* edge = nullptr;
        std::uint64_t done = 0;  // a sum that grows with whatever happens there
        Time since = 0;
        bool told = false;
    };
    bool stalled(Mark& mark, const Edge* edge, std::uint64_t done, Time now) const;
    void look_at(const Lane& lane, Time now);
    void look_at_pending(const Edge& edge, Time now);

    Run& run_;
    const Duration after_;
    Time next_;
    std::map<const Lane*, Mark> lanes_;
    std::map<const Edge*, Mark> pending_;
};

}  // namespace flowrun::engine
