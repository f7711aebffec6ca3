#pragma once
// Makes trace and span ids: numbers that count up, turned by a key. They look random, never repeat in one run, and take
// a nanosecond: each thread counts in a stretch of its own.

#include <atomic>
#include <cstdint>

#include "trace/span.hh"

namespace flowrun::trace {

class Ids {
public:
    Ids();                             // a key from the system
    explicit Ids(std::uint64_t seed);  // the same ids, as long as the threads come in the same order
    Ids(const Ids&) = delete;
    Ids& operator=(const Ids&) = delete;

    // Any thread. Never zero.
    SpanId span();
    TraceId trace();

private:
    std::uint64_t count();
    std::uint64_t next_stretch();

    const std::uint64_t number_;  // tells this one from others in a thread's memory
    const std::uint64_t key_;
    std::atomic<std::uint64_t> stretches_ = 0;
};

}  // namespace flowrun::trace
