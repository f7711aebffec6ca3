// Any bytes, as a schedule of cron. What is read has its times in order, each found again from itself; what is refused
// has a reason. The first bytes are a local time to begin at.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "../../plugins/core/rate.hh"
#include "../../plugins/core/timetable.hh"

using flowrun::core::Rate;
using flowrun::core::Timetable;

namespace {

void look(const Timetable& timetable, std::int64_t at) {
    for (int i = 0; i < 20; ++i) {
        const auto next = timetable.next(at);
        if (!next) return;  // beyond its horizon from here
        if (*next < at || timetable.next(*next) != next) std::abort();
        at = *next + 1;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint32_t days = 0;
    if (size < sizeof days) return 0;
    std::memcpy(&days, data, sizeof days);
    const std::string_view text(reinterpret_cast<const char*>(data) + sizeof days, size - sizeof days);
    std::string problem;
    if (!Rate::read(text, problem) && problem.empty()) std::abort();
    const auto timetable = Timetable::read(text);
    if (!timetable && timetable.error().message.empty()) std::abort();
    // A few centuries around 1970.
    if (timetable) look(*timetable, (static_cast<std::int64_t>(days % 300'000) - 100'000) * 86400 + days % 86400);
    return 0;
}
