#pragma once
// A lock's place in the order of ranks. In a debug build each thread knows which locks it holds, and a thread that takes one
// out of order, or waits while it holds another, is aborted with the names of both. With NDEBUG it is nothing: no bytes, no
// instructions.

#include "base/lock_rank.hh"

namespace flowrun {

class LockOrder {
public:
#ifdef NDEBUG
    explicit constexpr LockOrder(LockRank) {}
    void takes() const {}
    void lets_go() const {}
    void waits() const {}
    void must_hold() const {}
#else
    explicit constexpr LockOrder(LockRank rank) : rank_(rank) {}
    LockOrder(const LockOrder&) = delete;
    LockOrder& operator=(const LockOrder&) = delete;
    void takes() const;      // before the lock is taken: what would be a deadlock is named instead
    void lets_go() const;    // in any order
    void waits() const;      // lets go of it for the time of a wait: it is the only one that is held
    void must_hold() const;  // by the calling thread

private:
    const LockRank rank_;
#endif
};

}  // namespace flowrun
