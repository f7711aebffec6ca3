#pragma once
// A schedule as crontab(5) writes it: minute, hour, day of the month, month, day of the week, with or without a field for
// seconds before them. It knows local time only; a clock that is put forward and back is for who uses it.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace flowrun::core {

class Timetable {
public:
    struct Problem {
        std::string message, remedy;
    };
    static std::expected<Timetable, Problem> read(std::string_view text);

    // The first local time (seconds since 1970, as if local time were UTC) from this one on; none: there is no such day.
    std::optional<std::int64_t> next(std::int64_t local) const;
    // Whether it follows real time, as one whose minute or hour begins with * does, rather than name times of the day.
    bool runs_on() const { return runs_on_; }

private:
    friend class TimetableReader;
    bool day_fits(std::int64_t day) const;
    std::optional<std::int64_t> next_in_day(std::int64_t second) const;

    // A bit for each value.
    std::uint64_t seconds_ = 1, minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
    bool last_day_ = false;                       // L: of the month
    bool any_day_ = false, any_weekday_ = false;  // the field begins with *; if neither does, either may fit
    bool runs_on_ = false;
};

}  // namespace flowrun::core
