#include "base/timer_queue.hh"

#include <algorithm>
#include <utility>

namespace flowrun {

void TimerQueue::put(std::size_t at, Due due) {
    heap_[at] = due;
    places_[due.place].in_heap = static_cast<std::uint32_t>(at);
}

void TimerQueue::rise(std::size_t at) {
    const Due due = heap_[at];
    for (; at != 0 && due < heap_[(at - 1) / 2]; at = (at - 1) / 2) put(at, heap_[(at - 1) / 2]);
    put(at, due);
}

void TimerQueue::sink(std::size_t at) {
    const Due due = heap_[at];
    for (;;) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
        if (!(heap_[child] < due)) break;
        put(at, heap_[child]);
        at = child;
    }
    put(at, due);
}

World::TimerId TimerQueue::add(Time when, World::Job job) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.emplace_back();
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    places_[place].job = std::move(job);
    heap_.push_back({when, ++added_, place});
    rise(heap_.size() - 1);
    return std::uint64_t{places_[place].use} << 32 | place;
}

World::Job TimerQueue::take(std::size_t at) {
    const std::uint32_t place = heap_[at].place;
    const Due last = heap_.back();
    heap_.pop_back();
    if (at != heap_.size()) {
        put(at, last);
        rise(at);
        sink(places_[last.place].in_heap);
    }
    // 0 stands for no timer: an id never is.
    places_[place].use = std::max(places_[place].use + 1, 1u);
    free_.push_back(place);
    return std::exchange(places_[place].job, nullptr);
}

bool TimerQueue::remove(World::TimerId id) {
    const auto place = static_cast<std::uint32_t>(id);
    if (place >= places_.size() || places_[place].use != id >> 32) return false;
    (void)take(places_[place].in_heap);
    return true;
}

World::Job TimerQueue::take_first() { return take(0); }

}  // namespace flowrun
