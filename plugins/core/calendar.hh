#pragma once
// The instants of a timetable in a zone.
//
// A timetable that runs on follows real time: where the clock is put forward its times in the gap do not come, and where
// it is put back they come twice. One that names times of the day comes once for each day all the same: for what lies in
// a gap once right after it, and of a time that occurs twice the first time only. This is what cron(8) does.

#include <cstdint>
#include <optional>
#include <utility>

#include "timetable.hh"
#include "zone.hh"

namespace flowrun::core {

class Calendar {
public:
    Calendar(Timetable timetable, Zone zone) : timetable_(timetable), zone_(std::move(zone)) {}

    // The first instant after this one, in seconds since 1970; none: there is none in the next years.
    std::optional<std::int64_t> after(std::int64_t instant) const;
    const Zone& zone() const { return zone_; }
    bool runs_on() const { return timetable_.runs_on(); }

private:
    bool in_gap_before(std::int64_t change) const;
    bool came_before(std::int64_t instant, std::int64_t offset) const;

    Timetable timetable_;
    Zone zone_;
};

}  // namespace flowrun::core
