#include "engine/room/quarantine.hh"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/mutex_lock.hh"

namespace flowrun::engine {

std::size_t Quarantine::add(std::uint64_t messages, std::function<void()> wake) {
    edges_.push_back({messages, std::move(wake)});
    if (messages != 0) over_.store(false);
    MutexLock lock(mutex_);
    move_on();
    return edges_.size() - 1;
}

void Quarantine::move_on() {
    while (now_ < edges_.size() && edges_[now_].left == 0) ++now_;
}

bool Quarantine::admits(std::size_t edge) {
    MutexLock lock(mutex_);
    if (edge != now_ || out_) return false;
    out_ = true;
    return true;
}

void Quarantine::tried(std::size_t edge) { end(edge, 1); }
void Quarantine::leave(std::size_t edge) { end(edge, std::numeric_limits<std::uint64_t>::max()); }

void Quarantine::end(std::size_t edge, std::uint64_t messages) {
    std::size_t next = 0;
    {
        MutexLock lock(mutex_);
        std::uint64_t& left = edges_[edge].left;
        if (left == 0) return;  // it has left
        if (edge == now_) out_ = false;
        left -= std::min(left, messages);
        move_on();
        next = now_;
        if (next == edges_.size()) over_.store(true, std::memory_order_release);
    }
    if (next < edges_.size()) return edges_[next].wake();
    for (const Edge& one : edges_) one.wake();
}

}  // namespace flowrun::engine
