#pragma once
// By which a consumer group knows who takes from it.

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace flowrun::redis {

// Of one thing in this process, in the world. `wall`: nanoseconds since 1970.
inline std::string new_consumer(std::int64_t wall) {
    static std::atomic<unsigned> made{0};
    char name[256] = "host";
    static_cast<void>(gethostname(name, sizeof name - 1));
    return std::string(name) + "-" + std::to_string(getpid()) + "-" + std::to_string(wall) + "-" +
           std::to_string(++made);
}

}  // namespace flowrun::redis
