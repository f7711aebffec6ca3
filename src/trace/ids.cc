#include "trace/ids.hh"

#include <sys/random.h>
#include <sys/types.h>

#include <cassert>

namespace flowrun::trace {

namespace {

constexpr std::uint64_t stretch = 1 << 16;
constinit std::atomic<std::uint64_t> made = 0;

struct Place {
    std::uint64_t number = 0, next = 0, end = 0;
};
thread_local constinit Place place;

// A bijection of 64 bits (the finisher of the splitmix generator).
std::uint64_t turn(std::uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

std::uint64_t system_key() {
    std::uint64_t key = 0;
    // Ids must differ, they are no secret: early in a machine's start it is better not to wait for its randomness.
    if (::getrandom(&key, sizeof key, GRND_INSECURE) != sizeof key) {
        [[maybe_unused]] const ssize_t size = ::getrandom(&key, sizeof key, 0);  // before Linux 5.6
        assert(size == sizeof key);
    }
    return key;
}

}  // namespace

Ids::Ids() : Ids(system_key()) {}
Ids::Ids(std::uint64_t seed) : number_(++made), key_(turn(seed + 0x9E3779B97F4A7C15)) {}

std::uint64_t Ids::next_stretch() {
    place.number = number_;
    place.next = stretches_.fetch_add(1, std::memory_order_relaxed) * stretch;
    place.end = place.next + stretch;
    return place.next++;
}

std::uint64_t Ids::count() {
    if (place.number == number_ && place.next != place.end) [[likely]]
        return place.next++;
    return next_stretch();
}

SpanId Ids::span() {
    for (;;) {
        // The odd factor spreads neighbours, and keeps it a bijection.
        const std::uint64_t id = turn(key_ + count() * 0x9E3779B97F4A7C15);
        if (id != 0) [[likely]]
            return id;
    }
}

TraceId Ids::trace() {
    const std::uint64_t low = span();
    return {turn(low ^ key_ << 1 ^ 0xD1B54A32D192ED03), low};
}

}  // namespace flowrun::trace
