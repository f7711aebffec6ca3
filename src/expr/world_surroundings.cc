#include "expr/world_surroundings.hh"

#include <random>

namespace flowrun::expr {

std::uint64_t WorldSurroundings::random() {
    if (!seed_) {
        thread_local std::random_device device;
        return std::uint64_t{device()} << 32 | device();
    }
    // SplitMix64: any counter makes well mixed bits.
    std::uint64_t z = *seed_ + ++drawn_ * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

}  // namespace flowrun::expr
