#include "calendar.hh"

namespace flowrun::core {

// Whether a time lies in the gap that a change of the clock at this instant makes, if it makes one.
bool Calendar::in_gap_before(std::int64_t change) const {
    const std::int64_t from = change + zone_.offset(change - 1), to = change + zone_.offset(change);
    const auto next = from < to ? timetable_.next(from) : std::nullopt;
    return next && *next < to;
}

// Whether the local time of this instant was there already, before the clock was put back. No zone changes its clock
// twice within a day.
bool Calendar::came_before(std::int64_t instant, std::int64_t offset) const {
    constexpr std::int64_t day = 86400;
    const std::int64_t before = zone_.offset(instant - day);
    if (before <= offset) return false;
    const std::int64_t first = instant + offset - before;
    return zone_.offset(first) == before;
}

std::optional<std::int64_t> Calendar::after(std::int64_t instant) const {
    constexpr std::int64_t horizon = 9 * 366 * std::int64_t{86400};
    const bool fixed = !timetable_.runs_on();
    // From one change of the clock to the next local time is a straight line.
    for (std::int64_t from = instant + 1, end = 0; from - instant < horizon; from = end) {
        const std::int64_t offset = zone_.offset(from);
        if (fixed && in_gap_before(from)) return from;
        end = zone_.next_change(from);
        for (std::int64_t local = from + offset;; ++local) {
            const auto next = timetable_.next(local);
            if (!next) return std::nullopt;
            if (*next - offset >= end) break;
            if (!fixed || !came_before(*next - offset, offset)) return *next - offset;
            local = *next;
        }
    }
    return std::nullopt;
}

}  // namespace flowrun::core
