#include "base/lock_order.hh"

#ifndef NDEBUG

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace flowrun {
namespace {

const char* name_of(LockRank rank) {
    switch (rank) {
        case LockRank::runner: return "runner";
        case LockRank::guarded_call: return "guarded_call";
        case LockRank::chain: return "chain";
        case LockRank::edge: return "edge";
        case LockRank::fan_line: return "fan_line";
        case LockRank::quarantine: return "quarantine";
        case LockRank::pending_call: return "pending_call";
        case LockRank::instance: return "instance";
        case LockRank::component_timers: return "component_timers";
        case LockRank::scheduler: return "scheduler";
        case LockRank::watchdog: return "watchdog";
        case LockRank::threads: return "threads";
        case LockRank::thread: return "thread";
        case LockRank::settling: return "settling";
        case LockRank::receipt: return "receipt";
        case LockRank::part: return "part";
        case LockRank::progress: return "progress";
        case LockRank::room: return "room";
        case LockRank::pending_stock: return "pending_stock";
        case LockRank::thread_end: return "thread_end";
        case LockRank::world: return "world";
        case LockRank::blocks: return "blocks";
    }
    return "?";
}

[[noreturn]] void refuse(LockRank rank, const char* what, const char* other = "") {
    std::fprintf(stderr, "lock order: %s %s%s (base/lock_rank.hh)\n", name_of(rank), what, other);
    std::abort();
}

// What a thread holds, outermost first. As the ranks grow there are never more than there are ranks.
struct Held {
    struct One {
        const LockOrder* lock;
        LockRank rank;
    };
    std::array<One, static_cast<std::size_t>(LockRank::blocks) + 1> all;
    std::size_t count;

    One* find(const LockOrder* lock) {
        return std::find_if(all.data(), all.data() + count, [&](const One& one) { return one.lock == lock; });
    }
    One* end() { return all.data() + count; }
    const char* innermost() const { return name_of(all[count - 1].rank); }
};

thread_local Held held{};

}  // namespace

void LockOrder::takes() const {
    if (held.count != 0 && held.all[held.count - 1].rank >= rank_) {
        refuse(rank_, "is taken while the thread holds ", held.innermost());
    }
    held.all[held.count++] = {this, rank_};
}

void LockOrder::lets_go() const {
    must_hold();
    std::copy(held.find(this) + 1, held.end(), held.find(this));
    --held.count;
}

void LockOrder::waits() const {
    lets_go();
    if (held.count != 0) refuse(rank_, "is waited with while the thread holds ", held.innermost());
}

void LockOrder::must_hold() const {
    if (held.find(this) == held.end()) refuse(rank_, "is not held, but has to be");
}

}  // namespace flowrun

#endif
