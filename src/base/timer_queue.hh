#pragma once
// Jobs by the time when they fall due: a heap over places that are used again, so that a hundred thousand timers cost no
// allocation each. Of two for the same time the earlier added goes first. Not shared between threads.

#include <cstdint>
#include <vector>

#include "base/world.hh"

namespace flowrun {

class TimerQueue {
public:
    World::TimerId add(Time when, World::Job job);
    // False: it has been taken or removed before.
    bool remove(World::TimerId id);
    Time first() const { return heap_.empty() ? never : heap_.front().when; }
    World::Job take_first();  // there is one

private:
    struct Due {
        Time when;
        std::uint64_t number;  // counts what was added
        std::uint32_t place;
        bool operator<(const Due& other) const {
            return when != other.when ? when < other.when : number < other.number;
        }
    };
    struct Place {
        World::Job job;
        std::uint32_t in_heap = 0;
        std::uint32_t use = 1;  // part of the id: an id that is used up is known as such
    };

    void put(std::size_t at, Due due);
    void rise(std::size_t at);
    void sink(std::size_t at);
    World::Job take(std::size_t at);

    std::vector<Due> heap_;
    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
    std::uint64_t added_ = 0;
};

}  // namespace flowrun
