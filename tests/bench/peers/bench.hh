#pragma once
// What every peer and limit prints: one line on stderr that tests/bench/run reads.
#include <chrono>
#include <cstdio>

namespace bench {

inline double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
inline void report(double operations, double seconds) {
    std::fprintf(stderr, "BENCH ops=%.0f secs=%.9f\n", operations, seconds);
}

}  // namespace bench
