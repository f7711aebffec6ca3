#pragma once
// What one thread has done on one edge. Written by that thread alone, read by anyone: plain increments, relaxed reads.

#include <atomic>
#include <cstdint>

namespace flowrun::engine {

struct alignas(64) Counts {
    using Number = std::atomic<std::uint64_t>;
    Number accepted{0};  // begun on a sync edge; taken by the queue (or dropped by its policy) on an async one
    Number ok{0};
    Number filtered{0};  // `when` was false
    Number dropped{0};   // by overflow
    Number claimed{0};   // failed, and an error route took it
    Number failed{0};    // failed, and nobody here took it
    Number retried{0};   // attempts beyond the first; not part of the sum
    Number late{0};      // results that came after their call was given up; not part of the sum
};

// A run of hops that were nothing but calls, from an edge on along Edge::next, and that all ended well: counted once, where
// it began and where it ended, and not on each edge that it went through (RunContext::ledger adds it there).
struct Runs {
    Counts::Number begun{0}, ended{0};
};

inline void add(Counts::Number& number, std::uint64_t n = 1) {
    number.store(number.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace flowrun::engine
