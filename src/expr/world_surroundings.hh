#pragma once
// What now() and uuid() read in a run: the clock of its World. Any thread.

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/world.hh"
#include "expr/frame.hh"

namespace flowrun::expr {

class WorldSurroundings final : public Surroundings {
public:
    // With a seed random numbers are drawn from it, for runs that are to be repeated; without, from the system.
    explicit WorldSurroundings(World& world, std::optional<std::uint64_t> seed = {}) : world_(world), seed_(seed) {}

    std::int64_t now() override { return world_.wall(); }
    std::uint64_t random() override;

private:
    World& world_;
    std::optional<std::uint64_t> seed_;
    std::atomic<std::uint64_t> drawn_ = 0;
};

}  // namespace flowrun::expr
