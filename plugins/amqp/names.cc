#include "names.hh"

namespace flowrun::amqp {
namespace {

constexpr std::int64_t second = 1'000'000'000, minutes = 60, hours = 60 * minutes, days = 24 * hours;
constexpr Step all_steps[] = {
    {"1s", 1},       {"2s", 2},           {"5s", 5},           {"10s", 10},           {"30s", 30},
    {"1m", minutes}, {"2m", 2 * minutes}, {"5m", 5 * minutes}, {"10m", 10 * minutes}, {"30m", 30 * minutes},
    {"1h", hours},   {"2h", 2 * hours},   {"6h", 6 * hours},   {"12h", 12 * hours},   {"1d", days},
    {"7d", 7 * days}};

}  // namespace

std::span<const Step> steps() { return all_steps; }

const Step* step_for(std::int64_t nanoseconds) {
    const Step* longest = nullptr;
    for (const Step& step : all_steps) {
        if (step.seconds * second <= nanoseconds) longest = &step;
    }
    return longest;
}

}  // namespace flowrun::amqp
