#include "timetable.hh"

#include <bit>
#include <chrono>

namespace flowrun::core {

namespace {

constexpr std::int64_t day_seconds = 86400;

// The first value from `from` on whose bit is set; 64: none.
unsigned first_from(std::uint64_t bits, std::int64_t from) {
    return from > 63 ? 64U : static_cast<unsigned>(std::countr_zero(bits >> from << from));
}

bool has(std::uint64_t bits, unsigned value) { return (bits >> value & 1U) != 0; }

}  // namespace

bool Timetable::day_fits(std::int64_t day) const {
    using namespace std::chrono;
    const sys_days date{days(day)};
    const year_month_day ymd(date);
    if (!has(months_, static_cast<unsigned>(ymd.month()))) return false;
    const bool last = last_day_ && ymd.day() == (ymd.year() / ymd.month() / std::chrono::last).day();
    const bool day_of_month = last || has(days_, static_cast<unsigned>(ymd.day()));
    const bool day_of_week = has(weekdays_, weekday(date).c_encoding());
    return any_day_ || any_weekday_ ? day_of_month && day_of_week : day_of_month || day_of_week;
}

// From a second of the day on.
std::optional<std::int64_t> Timetable::next_in_day(std::int64_t from) const {
    std::int64_t hour = from / 3600, minute = from / 60 % 60, second = from % 60;
    const unsigned s = first_from(seconds_, second);
    second = s > 59 ? first_from(seconds_, 0) : s;
    minute += s > 59 ? 1 : 0;
    const unsigned m = first_from(minutes_, minute);
    if (m != minute) second = first_from(seconds_, 0);
    minute = m > 59 ? first_from(minutes_, 0) : m;
    hour += m > 59 ? 1 : 0;
    const unsigned h = first_from(hours_, hour);
    if (h > 23) return std::nullopt;
    if (h != hour) {
        minute = first_from(minutes_, 0);
        second = first_from(seconds_, 0);
    }
    return (static_cast<std::int64_t>(h) * 60 + minute) * 60 + second;
}

std::optional<std::int64_t> Timetable::next(std::int64_t local) const {
    constexpr int longest = 366 * 8 + 1;  // from a 29th of February to the next, over a year such as 1900
    std::int64_t day = local / day_seconds;
    if (local % day_seconds < 0) --day;
    std::int64_t from = local - day * day_seconds;
    for (int i = 0; i <= longest; ++i, ++day, from = 0) {
        if (!day_fits(day)) continue;
        if (const auto found = next_in_day(from)) return day * day_seconds + *found;
    }
    return std::nullopt;
}

}  // namespace flowrun::core
